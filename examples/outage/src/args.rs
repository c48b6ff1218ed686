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

    /// Requests per second in each of the two runs, for a fleet in all, 10 to 200
    #[arg(long, value_name = "PER_SECOND", default_value_t = 50)]
    #[arg(value_parser = value_parser!(u32).range(10..=200))]
    pub(crate) rate: u32,

    /// Whole number that decides which request meets which fate at the service
    #[arg(long, value_name = "NUMBER", default_value_t = 6)]
    pub(crate) seed: u64,

    /// File that the picture (SVG) is written to; its folder is created [default:
    /// target/outage.svg, or target/fleet.svg for a fleet]
    #[arg(long, value_name = "PATH")]
    out: Option<PathBuf>,

    /// File that the calls without a breaker are written to (CSV), for `cargo run -p replay`; its
    /// folder is created
    #[arg(long, value_name = "PATH", conflicts_with = "fleet")]
    pub(crate) log: Option<PathBuf>,

    /// Address of a page that shows the breaker during the outage, such as 127.0.0.1:9464
    #[arg(long, value_name = "ADDRESS", value_parser = page::address)]
    pub(crate) page: Option<SocketAddr>,

    /// Number of processes to play with, 2 to 50: first each with its own breaker, then all sharing
    /// one by a Redis, which the program starts
    #[arg(long, value_name = "PROCESSES", conflicts_with = "page")]
    #[arg(value_parser = value_parser!(u16).range(2..=50))]
    pub(crate) fleet: Option<u16>,

    /// Number of this process of the fleet
    #[cfg(feature = "fleet")]
    #[arg(long, hide = true, requires = "fleet")]
    pub(crate) instance: Option<u16>,

    /// URL of the server by which this process of the fleet shares its breakers
    #[cfg(feature = "fleet")]
    #[arg(long, hide = true, requires = "instance")]
    pub(crate) redis: Option<String>,
}

impl Args {
    pub(crate) fn length(&self) -> Duration {
        Duration::from_secs(self.seconds.into())
    }

    /// Returns the picture's file: the given one, or `default`.
    pub(crate) fn out(&self, default: &str) -> PathBuf {
        self.out.clone().unwrap_or_else(|| default.into())
    }

    /// Returns the arguments for one process of a fleet played with these.
    #[cfg(feature = "fleet")]
    pub(crate) fn of_instance(&self, size: u16, number: u16) -> [String; 4] {
        let Self { seconds, rate, .. } = self;
        [
            format!("--fleet={size}"),
            format!("--instance={number}"),
            format!("--seconds={seconds}"),
            format!("--rate={rate}"),
        ]
    }
}
