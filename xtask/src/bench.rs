//! What a call costs, ours and others: `cargo xtask bench`.
//!
//! Three builds of the package in `benches`, each with findings of its own,
//! which its last run puts together with those of `cargo xtask cost`.

use std::path::PathBuf;
use std::process::Command;

use crate::cargo::{self, Failure, cargo};
use crate::cost;

/// Ours and what it is compared with, for the build with `tracing`.
const TRACED: [&str; 3] =
    ["bare-call/none/", "#[circuit_breaker]/threshold/", "Breaker::call/threshold/"];

/// All of it, in about eight minutes; writes `docs/performance.md` and its pictures.
pub(crate) fn run() -> Result<(), Failure> {
    measure("180", &cargo::root().join("docs"))
}

/// With little patience, and written below the target directory.
pub(crate) fn quick() -> Result<(), Failure> {
    measure("20", &folder())
}

fn measure(seconds: &str, docs: &PathBuf) -> Result<(), Failure> {
    cost::run()?;
    let files = ["time.tsv", "count.tsv", "traced.tsv", "traced-count.tsv", "heap.tsv"];
    let files = files.map(|name| folder().join(name));
    let [time, count, traced, traced_count, heap] = &files;

    cargo::run(program("--features allocations").arg("heap").arg("--out").arg(heap))?;
    let ours = TRACED.iter().flat_map(|name| ["--only", name]);
    let traced_as = ["--suffix", "+tracing", "--out"];
    let mut command = program("--features tracing");
    command.args(["time", "--seconds", "20"]).args(ours.clone()).args(traced_as).arg(traced);
    cargo::run(&mut command)?;
    let mut command = program("--features tracing");
    command.arg("count").args(ours).args(traced_as).arg(traced_count);
    cargo::run(&mut command)?;

    cargo::run(program("").args(["time", "--seconds", seconds, "--out"]).arg(time))?;
    cargo::run(program("").arg("count").arg("--out").arg(count))?;

    let mut command = program("");
    command.arg("report").arg("--findings").args(&files);
    command.arg("--cost").arg(cargo::target().join(cost::FIGURES));
    cargo::run(command.arg("--docs").arg(docs))
}

/// The package's program, built if need be.
fn program(features: &str) -> Command {
    let call = format!("run --quiet --release --manifest-path benches/Cargo.toml {features}");
    let mut command = cargo(call.trim_end());
    // Errors of some peers would gather backtraces.
    command.env("RUST_BACKTRACE", "0").env("RUST_LIB_BACKTRACE", "0");
    command.current_dir(cargo::root()).arg("--");
    command
}

fn folder() -> PathBuf {
    cargo::target().join("bench")
}
