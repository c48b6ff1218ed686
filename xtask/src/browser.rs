//! The page of `breaker-page`, and the simulator of the book, in a real Chromium.

use std::process::Command;

use crate::book;
use crate::cargo::{self, Failure, cargo};
use crate::debian;

/// Debian's names of the browser, and of the program that steers it.
const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];
/// The programs that these packages install.
const PROGRAMS: [&str; 2] = ["chromium", "chromedriver"];

const TESTS: &str = "test -p browser --features chromium";
const PICTURES: &str = "run -p browser --features chromium --bin pictures";

/// Builds the book, and runs the tests of the package `browser`.
pub(crate) fn test() -> Result<(), Failure> {
    let book = book::build()?;
    run("browser", cargo(TESTS).env("BOOK", book))
}

/// Draws the pictures of the page anew.
pub(crate) fn draw() -> Result<(), Failure> {
    run("pictures", &mut cargo(PICTURES))
}

fn run(task: &str, command: &mut Command) -> Result<(), Failure> {
    debian::install(&PROGRAMS, &PACKAGES)?;
    let arguments: Vec<_> = command.get_args().map(|word| word.to_string_lossy()).collect();
    println!("== {task}: cargo {}", arguments.join(" "));
    cargo::run(command)
}
