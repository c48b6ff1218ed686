//! A soak of `breakerbox`: threads, operators and listeners play on breakers for as long as one
//! likes, and what must hold is checked all the while. `--help` says how it is run.

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
