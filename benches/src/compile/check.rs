//! How long `cargo check` takes.

use std::time::{Duration, Instant};

use super::cargo::{self, Failure};
use super::figure::Figure;
use super::functions::FUNCTIONS;
use super::package::Packages;

const ROUNDS: usize = 3;

pub(super) fn figures(packages: &Packages) -> Result<Vec<Figure>, Failure> {
    // What they depend on, and what they read from the disk.
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

fn check(packages: &Packages, package: &str) -> Result<Duration, Failure> {
    packages.touch(package)?;
    let start = Instant::now();
    cargo::run(&mut packages.cargo(&format!("check --quiet -p {package}"), "check"))?;
    Ok(start.elapsed())
}
