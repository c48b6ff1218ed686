//! An outage, with a circuit breaker and without.
//!
//! A service that looks like a language model's falls sick by a script: it is healthy, then
//! overloaded (answers 429 and 503, or never), then down (connections are refused), then well
//! again. Two loads of users arrive at a steady rate, each at its own copy of the service: one
//! through `client::complete`, which carries `#[circuit_breaker]`, the other through this code
//! without the attribute.
//!
//! ```text
//! cargo run -p outage                   # about 12 s; --help lists the arguments
//! # With a page that shows the breaker while it happens:
//! cargo run -p outage -- --page 127.0.0.1:9464 --seconds 60
//! # With a log of the calls without a breaker, which `replay` plays through breakers:
//! cargo run -p outage -- --log target/outage.csv
//! cargo run --release -p replay -- target/outage.csv --threshold 3,5,10 --cooldown 500ms,1s,2s
//! # Twenty processes, first each with a breaker of its own, then sharing one by a Redis:
//! cargo run -p outage --features fleet -- --fleet 20 --rate 200
//! ```
//!
//! The program prints the breaker's changes as they happen, then sets the two runs side by side in
//! a table, and draws them over time in `target/outage.svg`.
//!
//! Start reading at `client.rs`; the other files are the stage.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::time::SystemTime;

use breakerbox::Registry;
use breakerbox::page::Page;
use clap::Parser;
use stage::output::{create, exit_code, say};
use stage::page;
use tokio::runtime::Runtime;

use crate::args::Args;
use crate::client::Llm;
use crate::load::{Guard, Run};
use crate::script::Script;
use crate::server::Server;
use crate::table::Table;
use crate::timeline::Timeline;

mod args;
mod chart;
mod client;
#[cfg_attr(not(feature = "fleet"), path = "fleet/missing.rs")]
mod fleet;
mod load;
mod log;
mod script;
mod server;
mod table;
mod timeline;

fn main() -> ExitCode {
    exit_code(run(&Args::parse()))
}

fn run(args: &Args) -> Result<(), Box<dyn Error>> {
    if let Some(size) = args.fleet {
        return fleet::play(args, size);
    }
    // A path that cannot be written is reported before the run.
    let out = args.out("target/outage.svg");
    let path = out.display();
    let mut picture = create(&out).map_err(|error| format!("cannot write {path}: {error}"))?;

    let log = args.log.as_deref().map(|path| (path.display(), create(path)));
    let log = match log {
        Some((path, Ok(file))) => Some((path, file)),
        Some((path, Err(error))) => return Err(format!("cannot write {path}: {error}").into()),
        None => None,
    };

    let (script, begun) = (Script::start_now(args.length()), SystemTime::now());
    let mut timeline = Timeline::new(script);
    let (with, without) = play(args, script, &mut timeline)?;

    let svg = chart::draw(&script, args.rate, &timeline, &with, &without)?;
    picture.write_all(svg.as_bytes()).map_err(|error| format!("cannot write {path}: {error}"))?;
    if let Some((path, file)) = log {
        log::write(file, begun, &without.answers)
            .map_err(|error| format!("cannot write {path}: {error}"))?;
    }
    let table = Table::new(&script, &with, &without)?;
    say(format_args!("\n{table}\npicture: {path}"))?;
    Ok(())
}

/// Plays both runs at once: they share the machine's moods.
fn play(
    args: &Args,
    script: Script,
    timeline: &mut Timeline,
) -> Result<(Run, Run), Box<dyn Error>> {
    let start = || Server::start(script, args.seed);
    let (one, other) = start()
        .and_then(|one| Ok((one, start()?)))
        .map_err(|error| format!("cannot start the service: {error}"))?;
    let guarded = load::send(Llm::at(one.address())?, Guard::Breaker, args.rate, script, 0..);
    let bare = load::send(Llm::at(other.address())?, Guard::None, args.rate, script, 0..);
    let progress = || {
        let (with, without) = (one.received(), other.received());
        format!("requests received: {with} with it, {without} without")
    };
    let shown = Page::new(Registry::global()).vital(["llm"]);
    let announce = |line: &str| say(format_args!("{line}"));
    let (with, without) = Runtime::new()?.block_on(async {
        tokio::select! {
            answers = async { tokio::try_join!(guarded, bare) } => Ok(answers?),
            error = timeline.watch(progress) => Err(Box::<dyn Error>::from(error)),
            Err(error) = page::serve(args.page, shown, announce) => Err(error.into()),
        }
    })?;
    timeline.catch_up()?;
    let end = |server: Server, answers| match server.stop() {
        Ok(received) => Ok(Run { received, answers }),
        Err(error) => Err(format!("the service failed: {error}")),
    };
    Ok((end(one, with)?, end(other, without)?))
}
