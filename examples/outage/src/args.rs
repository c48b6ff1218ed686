//! The arguments, all of which have defaults.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Parser, value_parser};
use stage::page;

/// Sends a service through an outage, with a circuit breaker and without, and draws what happened
#[derive(Debug, Parser)]
#[command(allow_negative_numbers = true)]
pub(crate) struct Args {
    /// Length of the outage's script in seconds, 4 to 120
    #[arg(long, value_name = "SECONDS", default_value_t = 12)]
    #[arg(value_parser = value_parser!(u32).range(4..=120))]
    seconds: u32,

    /// Requests per second in each of the two runs, 10 to 200
    #[arg(long, value_name = "PER_SECOND", default_value_t = 50)]
    #[arg(value_parser = value_parser!(u32).range(10..=200))]
    pub(crate) rate: u32,

    /// Decides which request meets which fate at the service: any whole number
    #[arg(long, value_name = "NUMBER", default_value_t = 6)]
    pub(crate) seed: u64,

    /// File that the picture (SVG) is written to; its folder is created
    #[arg(long, value_name = "PATH", default_value = "target/outage.svg")]
    pub(crate) out: PathBuf,

    /// Address of a page that shows the breaker while it plays, such as 127.0.0.1:9464
    #[arg(long, value_name = "ADDRESS", value_parser = page::address)]
    pub(crate) page: Option<SocketAddr>,
}

impl Args {
    pub(crate) fn length(&self) -> Duration {
        Duration::from_secs(self.seconds.into())
    }
}
