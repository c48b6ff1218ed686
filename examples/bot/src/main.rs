//! Plays the scenarios, prints a table for each, and draws them.

use std::env;
use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;

use bot::chart::{self, Column};
use bot::measure::Figures;
use bot::run::{Run, Setup, run_both};
use bot::scale;
use bot::scenario::{Scenario, Script};
use bot::table::Table;
use breakerbox::Registry;
use breakerbox::config::{Outcome, Source, Watch};
use clap::Parser;
use stage::output::{create, exit_code, say};

use crate::args::Args;

mod args;
mod page;

fn main() -> ExitCode {
    exit_code(show(&Args::parse()))
}

fn show(args: &Args) -> Result<(), Box<dyn Error>> {
    let path = args.out.display();
    let unwritable = |error| {
        format!("cannot write the picture to {path}: {error}; give a file to write by --out PATH")
    };
    // Tuning, page and picture come before the runs, so that mistakes in them show at once.
    let _watch = tune(args)?;
    if let Some(address) = args.page {
        let address = page::serve(address)?;
        say(format_args!("page: http://{address}/"))?;
    }
    let mut picture = create(&args.out).map_err(unwritable)?;

    let (users, seed, retries) = (args.users, args.seed, args.retries);
    say(format_args!("{users} users, seed {seed}; without breakers, {retries} retries"))?;
    say(format_args!("1 s here is {} s of life\n", scale::FACTOR))?;
    let played = args.scenarios().into_iter().map(|scenario| play(args, scenario));
    let played = played.collect::<Result<Vec<_>, _>>()?;

    let columns: Vec<_> = played.iter().map(Played::column).collect();
    picture.write_all(chart::draw(&columns)?.as_bytes()).map_err(unwritable)?;
    say(format_args!("picture: {path}"))?;
    Ok(())
}

/// Applies the tuning of the file and of variables to the breakers, and again when the file
/// changes, until the watch is dropped.
fn tune(args: &Args) -> Result<Watch, Box<dyn Error>> {
    let (source, registry) = (Source::new().env(env::vars_os()), Registry::global());
    let source = match &args.tuning {
        Some(path) => source.file(path),
        None => source,
    };
    source.apply(&registry).map_err(|mistakes| {
        format!("the breakers cannot be tuned so; nothing is played\n\n{mistakes}")
    })?;
    let watch = source.watch(&registry, Duration::from_secs(1), |outcome| match outcome {
        Outcome::Applied(_) => {}
        // No output is left to report an error.
        other => _ = writeln!(io::stderr(), "{other}"),
    });
    Ok(watch?)
}

/// A scenario that was played.
struct Played {
    scenario: Scenario,
    script: Script,
    runs: [Run; 2],
}

fn play(args: &Args, scenario: Scenario) -> Result<Played, Box<dyn Error>> {
    let setup = Setup { scenario, users: args.users, seed: args.seed };
    let script = Script::start_now(args.length());
    let runs = run_both(setup, args.retries, script)?;
    let [with, without] = runs.each_ref().map(|run| Figures::new(script, args.users, run));
    say(format_args!("{}", Table { scenario, with: &with?, without: &without? }))?;
    Ok(Played { scenario, script, runs })
}

impl Played {
    fn column(&self) -> Column<'_> {
        let [with, without] = &self.runs;
        Column { scenario: self.scenario, script: self.script, with, without }
    }
}
