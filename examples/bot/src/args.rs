//! The program's arguments, all optional.

use std::fmt::Display;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use bot::scenario::Scenario;
use clap::{Parser, ValueEnum};
use stage::page;

/// A chat bot whose services fail, with circuit breakers and without
#[derive(Debug, Parser)]
#[command(allow_negative_numbers = true)]
pub(crate) struct Args {
    /// Scenario to play
    #[arg(long, value_enum, default_value_t = Choice::Both)]
    scenario: Choice,

    /// Users who chat at once with each bot, 1 to 200
    #[arg(long, value_name = "NUMBER", default_value_t = 50)]
    #[arg(value_parser = within::<u32>(1..=200))]
    pub(crate) users: u32,

    /// Length of each scenario in seconds, 4 to 60
    #[arg(long, value_name = "SECONDS", default_value_t = 8)]
    #[arg(value_parser = within::<u64>(4..=60))]
    seconds: u64,

    /// Retries of a failed call by the bot without breakers, 0 to 5
    #[arg(long, value_name = "NUMBER", default_value_t = 2)]
    #[arg(value_parser = within::<u32>(0..=5))]
    pub(crate) retries: u32,

    /// Seed of the users' words and the services' delays: any whole number
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    #[arg(value_parser = within::<u64>(0..=u64::MAX))]
    pub(crate) seed: u64,

    /// TOML file that tunes the breakers, read again when it changes
    #[arg(long, value_name = "PATH")]
    pub(crate) tuning: Option<PathBuf>,

    /// Address of a page that shows the breakers live, such as 127.0.0.1:9464
    #[arg(long, value_name = "ADDRESS", value_parser = page::address)]
    pub(crate) page: Option<SocketAddr>,

    /// SVG file for the picture; its folder is created
    #[arg(long, value_name = "PATH", default_value = "target/bot.svg")]
    pub(crate) out: PathBuf,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Choice {
    /// The memory hangs during consolidation
    Cat,
    /// The language model is overloaded during a voice chat
    Llm,
    /// Both in turn
    Both,
}

impl Args {
    pub(crate) fn length(&self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    pub(crate) fn scenarios(&self) -> Vec<Scenario> {
        match self.scenario {
            Choice::Cat => vec![Scenario::CAT],
            Choice::Llm => vec![Scenario::LLM],
            Choice::Both => vec![Scenario::CAT, Scenario::LLM],
        }
    }
}

/// Parses a whole number in `range`; the error names the range.
fn within<T>(range: RangeInclusive<T>) -> impl Fn(&str) -> Result<T, String> + Clone
where
    T: Clone + Display + FromStr + PartialOrd,
{
    move |text| {
        let number = text.parse().ok().filter(|number| range.contains(number));
        number
            .ok_or_else(|| format!("give a whole number from {} to {}", range.start(), range.end()))
    }
}
