//! Checks a file before it is deployed: `cargo run -p breaker-config --example check FILE`.
//!
//! It prints every mistake with its place, like the program that is tuned. It exits with 0 if the
//! file has none, with 1 if it has any, and with 2 if it was called with other arguments.

use std::env;
use std::process::ExitCode;

use breaker_config::Source;

fn main() -> ExitCode {
    let mut arguments = env::args_os().skip(1);
    let (Some(file), None) = (arguments.next(), arguments.next()) else {
        eprintln!("usage: check FILE");
        return ExitCode::from(2);
    };
    match Source::new().file(file).check() {
        Ok(()) => ExitCode::SUCCESS,
        Err(mistakes) => {
            eprintln!("{mistakes}");
            ExitCode::FAILURE
        }
    }
}
