//! Holds the JSON Schema of tuning files to files, by a validator that is not ours.

use std::process::Command;

use crate::cargo::{self, Failure, root};

/// The validator, in a version that is known to work.
const VALIDATOR: &str = "jsonschema==4.25.1";

pub(crate) fn holds() -> Result<(), Failure> {
    println!("== schema: {VALIDATOR}");
    let environment = root().join("target/schema");
    let python = environment.join("bin/python");
    if !python.exists() {
        cargo::run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    }
    let install = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", VALIDATOR];
    cargo::run(Command::new(&python).args(install))?;
    let script = root().join("xtask/src/schema.py");
    cargo::run(Command::new(&python).arg(script).arg(root().join("breaker-config")))
}
