//! Holds `replay` to a plain second one, which is written in Python from the rules alone.

use std::path::PathBuf;
use std::process::Command;

use crate::cargo::{self, Failure, cargo, root, target};
use crate::debian;

/// Plays cases of the conformance tests through the second one, and random logs through both.
pub(crate) fn agrees() -> Result<(), Failure> {
    let binary = build()?;
    cargo::run(&mut script("conformance.py"))?;
    cargo::run(script("compare.py").arg(binary).args(["--logs", "1000"]))
}

/// Breaks the rules of the second one, one at a time: the random logs have to show each.
pub(crate) fn tells_broken_rules() -> Result<(), Failure> {
    let binary = build()?;
    cargo::run(script("mutations.py").arg(binary))
}

fn build() -> Result<PathBuf, Failure> {
    debian::install(&["python3"], &["python3"])?;
    println!("== replay: cargo build -p replay");
    cargo::run(&mut cargo("build -p replay"))?;
    Ok(target().join("debug").join(format!("replay{}", std::env::consts::EXE_SUFFIX)))
}

/// Python with a program of `tests/replay`; it leaves no compiled files there.
fn script(name: &str) -> Command {
    let mut python = Command::new("python3");
    python.arg("-B").arg(root().join("tests/replay").join(name));
    python
}
