//! The time of `cargo check`, for plain functions and for annotated ones.

use std::time::{Duration, Instant};

use super::cargo;
use super::error::BuildError;
use super::figure::Figure;
use super::functions::FUNCTIONS;
use super::package::Packages;

const ROUNDS: usize = 3;

pub(super) fn figures(packages: &Packages) -> Result<Vec<Figure>, BuildError> {
    // The first check builds the dependencies, and reads files that stay in memory.
    for package in ["plain", "annotated"] {
        check(packages, package)?;
    }
    let (mut plain, mut annotated) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        plain = plain.min(check(packages, "plain")?);
        annotated = annotated.min(check(packages, "annotated")?);
    }
    let [plain, annotated] = [plain, annotated].map(|time| time.as_secs_f64());
    let budget = format!(" (2 x {plain:.2} s + 1 s)");
    Ok(vec![
        Figure::new(format!("`cargo check`, {FUNCTIONS} plain functions"), plain, "s"),
        Figure::new(format!("`cargo check`, {FUNCTIONS} annotated functions"), annotated, "s")
            .within(2.0 * plain + 1.0, budget),
    ])
}

fn check(packages: &Packages, package: &str) -> Result<Duration, BuildError> {
    packages.touch(package)?;
    let start = Instant::now();
    cargo::run(&mut packages.cargo(&format!("check --quiet -p {package}"), "check"))?;
    Ok(start.elapsed())
}
