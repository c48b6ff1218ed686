//! Holds the metrics to a real Prometheus.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::{self, Failure, cargo, root};
use crate::debian;

const TESTS: &str = "test -p metrics-check -- --include-ignored";

const PROGRAMS: [&str; 2] = ["prometheus", "promtool"];

pub(crate) fn hold() -> Result<(), Failure> {
    let folder = programs()?;
    println!("== metrics: BREAKER_PROMETHEUS=\"{}\" cargo {TESTS}", folder.display());
    cargo::run(cargo(TESTS).env("BREAKER_PROMETHEUS", folder))
}

/// Returns the folder of the programs: the machine's, or one into which Debian's package was
/// unpacked. Installing the package would start its server.
fn programs() -> Result<PathBuf, Failure> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let unpacked = root().join("target/prometheus");
    let folders = || std::env::split_paths(&path).chain([unpacked.join("usr/bin")]);
    let has_all = |folder: &PathBuf| PROGRAMS.iter().all(|program| folder.join(program).is_file());
    let found = || folders().find(has_all);
    if let Some(folder) = found() {
        return Ok(folder);
    }
    unpack(&unpacked).map_err(|failure| {
        Failure::new(format!(
            "Prometheus is missing: install it so that `prometheus` and `promtool` are in PATH \
             (Debian's package `prometheus` was tried: {failure})"
        ))
    })?;
    found().ok_or_else(|| Failure::new("Debian's package has no `prometheus` or `promtool`"))
}

fn unpack(into: &Path) -> Result<(), Failure> {
    println!("== metrics: apt-get download prometheus");
    std::fs::create_dir_all(into).map_err(|error| Failure::new(error.to_string()))?;
    let download = || {
        let mut apt = Command::new("apt-get");
        cargo::read(apt.args(["--quiet", "download", "prometheus"]).current_dir(into))
    };
    // A new machine has no list of packages, or an old one; only root may fetch a new list.
    if download().is_err() {
        cargo::read(Command::new("apt-get").args(["--quiet", "update"]))?;
        download()?;
    }
    debian::unpack(into, into)
}
