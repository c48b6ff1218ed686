//! The time of a clean build of `breakerbox`, against the dependencies of any attribute macro.

use std::fs;
use std::io;
use std::time::{Duration, Instant};

use super::cargo;
use super::error::BuildError;
use super::figure::Figure;
use super::package::Packages;

const ROUNDS: usize = 3;
const BUDGET: f64 = 1.3;

pub(super) fn figures(packages: &Packages) -> Result<Vec<Figure>, BuildError> {
    // Missing crates are downloaded before the clock runs.
    cargo::run(&mut packages.cargo("fetch --quiet", "build"))?;
    let (mut base, mut facade) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        base = base.min(clean(packages, "base")?);
        facade = facade.min(clean(packages, "facade")?);
    }
    let [base, facade] = [base, facade].map(|time| time.as_secs_f64());
    Ok(vec![
        Figure::new("clean debug build of syn (full), quote, proc-macro2", base, "s"),
        Figure::new("clean debug build of breakerbox", facade, "s")
            .within(BUDGET * base, format!(" ({BUDGET} x {base:.2} s)")),
    ])
}

fn clean(packages: &Packages, package: &str) -> Result<Duration, BuildError> {
    let target = packages.target("build");
    match fs::remove_dir_all(&target) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(BuildError::file(&target, error));
        }
        _ => {}
    }
    let start = Instant::now();
    cargo::run(&mut packages.cargo(&format!("build --quiet -p {package}"), "build"))?;
    Ok(start.elapsed())
}
