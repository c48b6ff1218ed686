//! A soak of `breakerbox`. For a given time callers, operators and listeners use breakers at once,
//! and the program checks rules that must hold. `--help` lists the options.

mod answer;
mod chain;
mod fault;
mod memory;
mod options;
mod part;
mod post;
mod quiet;
mod run;
mod tally;
mod tuning;
mod watch;

use std::process::ExitCode;

use options::Options;

fn main() -> ExitCode {
    match Options::read(std::env::args().skip(1)) {
        Ok(Some(options)) => run::play(options),
        Ok(None) => {
            println!("{}", options::usage());
            ExitCode::SUCCESS
        }
        Err(problem) => {
            eprintln!("soak: {problem}\n{}", options::usage());
            ExitCode::from(2)
        }
    }
}
