//! The project's checks, the same at home and in CI: `cargo xtask ci`. Also the measurements, whose
//! results a person reads: `cargo xtask bench`.

mod api;
#[cfg(test)]
mod architecture;
mod bench;
mod book;
mod browser;
mod cargo;
mod debian;
mod deny;
mod docsrs;
mod fleet;
#[cfg(test)]
mod links;
mod machine;
mod metrics;
mod msrv;
mod package;
mod published;
mod release;
mod replay;
mod rustdoc;
mod schema;
mod selection;
mod targets;
mod task;
mod tree;
mod weaken;
#[cfg(test)]
mod workflows;

use std::process::ExitCode;

use cargo::Failure;

fn main() -> ExitCode {
    if let Some(code) = rustdoc::stand_in() {
        return code;
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(()) => {
            println!("xtask: {} done", words.join(" "));
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Result<(), Failure> {
    selection::select(words)?.into_iter().try_for_each(task::Task::run)
}
