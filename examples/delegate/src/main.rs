//! The program; see the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    delegate::cli::run()
}
