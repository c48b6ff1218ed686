//! The page of `breaker-page` in a real Chromium.

use crate::cargo::{self, Failure, cargo};
use crate::debian;

/// Debian's names of the browser, and of the program that steers it.
const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];
/// The programs that these packages install.
const PROGRAMS: [&str; 2] = ["chromium", "chromedriver"];

const TESTS: &str = "test -p browser --features chromium";
const PICTURES: &str = "run -p browser --features chromium --bin pictures";

/// Runs the tests of the package `browser`.
pub(crate) fn test() -> Result<(), Failure> {
    run("browser", TESTS)
}

/// Draws the pictures of the page anew.
pub(crate) fn draw() -> Result<(), Failure> {
    run("pictures", PICTURES)
}

fn run(task: &str, arguments: &str) -> Result<(), Failure> {
    debian::install(&PROGRAMS, &PACKAGES)?;
    println!("== {task}: cargo {arguments}");
    cargo::run(&mut cargo(arguments))
}
