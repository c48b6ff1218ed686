//! Plays a log of calls through circuit breakers, to find out which tuning would have served best.
//!
//! A line of the log goes `read` -> `order` -> `play` -> `report` or `svg`: read into a call, put in
//! the order of starts, played through the breakers of every tuning, and counted.

mod args;
mod bad;
mod call;
mod columns;
mod failure;
mod grid;
mod order;
mod play;
mod progress;
mod read;
mod report;
mod run;
mod svg;
mod value;

use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use crate::args::Args;
use crate::failure::Failure;
use crate::svg::target::Target;

fn main() -> ExitCode {
    match replay() {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // If this fails too, nobody can be told.
            let _ = writeln!(io::stderr(), "{failure}");
            ExitCode::from(2)
        }
    }
}

fn replay() -> Result<(), Failure> {
    let (args, grid) = Args::read()?;
    let target = Target::open(&args)?;
    let outcome = run::run(&args, grid)?;
    if let Some(target) = target {
        target.write(&svg::draw(&outcome, &args.shown()))?;
    }
    if args.json {
        if !args.quiet {
            // A reader of the document alone may have closed standard error.
            let _ = write!(io::stderr(), "{}", report::text::remarks(&outcome));
        }
        return print(&report::json::document(&outcome));
    }
    print(report::text::report(&outcome, &args.shown(), args.all).trim_end())
}

/// Prints a report. A reader who leaves early, such as `head`, has what it wanted.
fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    match writeln!(output, "{text}").and_then(|()| output.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Failure::of_file("write to", "standard output", &error))
        }
        _ => Ok(()),
    }
}
