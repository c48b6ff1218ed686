//! Measures fleets: processes that call one service, alone and through a Redis of its own.
//! `cargo run --release -p fleet-measure`; `--only TEXT` for some of the runs.

mod crowd;
mod proxy;
mod run;
mod scenario;
mod server;
mod service;
mod table;
mod worker;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

#[derive(Parser)]
#[command(about = "Measures fleets of processes, alone and through a Redis of its own")]
struct Args {
    /// Runs those whose name has this text.
    #[arg(long, default_value = "")]
    only: String,
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Subcommand)]
enum Part {
    /// One process of a fleet; the program starts it itself.
    #[command(hide = true)]
    Worker(worker::Worker),
    /// Many instances in this process, and the load on the server.
    Crowd(crowd::Crowd),
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let done = match args.part {
        Some(Part::Worker(worker)) => worker.run().await,
        Some(Part::Crowd(crowd)) => crowd.run().await,
        None => scenario::run_all(&args.only).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Returns the time since 1970, which all processes of a run go by.
fn now() -> std::time::Duration {
    std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default()
}
