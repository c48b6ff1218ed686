//! What a call costs, ours and others, and what the attribute costs at compile
//! time: `cargo xtask bench`.
//!
//! Three builds of the package in `benches`, each with findings of its own,
//! which its last run puts together.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::{self, Failure, cargo};
use crate::tree;

/// Ours and what it is compared with, for the build with `tracing`.
const TRACED: [&str; 3] =
    ["bare-call/none/", "#[circuit_breaker]/threshold/", "Breaker::call/threshold/"];

/// What the attribute costs its users' builds, in about a minute once the program is built.
pub(crate) fn cost() -> Result<(), Failure> {
    // Cargo does the work: the program is as good unoptimised, and built sooner.
    compile(program(""))
}

/// All of it, in about eight minutes; writes `docs/performance.md` and its pictures.
pub(crate) fn run() -> Result<(), Failure> {
    measure("180", &cargo::root().join("docs"))
}

/// With little patience, and written below the target directory.
pub(crate) fn quick() -> Result<(), Failure> {
    measure("20", &bench_folder())
}

fn measure(seconds: &str, docs: &Path) -> Result<(), Failure> {
    compile(program("--release"))?;
    let files = ["time.tsv", "count.tsv", "traced.tsv", "traced-count.tsv", "heap.tsv"];
    let files = files.map(|name| bench_folder().join(name));
    let [time, count, traced, traced_count, heap] = &files;

    cargo::run(program("--release --features allocations").arg("heap").arg("--out").arg(heap))?;
    let ours = TRACED.iter().flat_map(|name| ["--only", name]);
    let traced_as = ["--suffix", "+tracing", "--out"];
    let mut command = program("--release --features tracing");
    command.args(["time", "--seconds", "20"]).args(ours.clone()).args(traced_as).arg(traced);
    cargo::run(&mut command)?;
    let mut command = program("--release --features tracing");
    command.arg("count").args(ours).args(traced_as).arg(traced_count);
    cargo::run(&mut command)?;

    cargo::run(program("--release").args(["time", "--seconds", seconds, "--out"]).arg(time))?;
    cargo::run(program("--release").arg("count").arg("--out").arg(count))?;

    let mut command = program("--release");
    command.arg("report").arg("--findings").args(&files).arg("--cost").arg(figures());
    cargo::run(command.arg("--docs").arg(docs))
}

/// Has the program measure builds, in target directories apart from its own.
fn compile(mut program: Command) -> Result<(), Failure> {
    let crates = tree::crates()?.len().to_string();
    program.args(["compile", "--crates", &crates]);
    program.args(["--most-crates", &tree::MOST_CRATES.to_string()]);
    program.arg("--folder").arg(cost_folder()).arg("--out").arg(figures());
    cargo::run(&mut program)
}

/// The package's program, built if need be.
fn program(build: &str) -> Command {
    let call = format!("run --quiet --manifest-path benches/Cargo.toml {build}");
    let mut command = cargo(call.trim_end());
    // Errors of some peers would gather backtraces.
    command.env("RUST_BACKTRACE", "0").env("RUST_LIB_BACKTRACE", "0");
    command.current_dir(cargo::root()).arg("--");
    command
}

fn bench_folder() -> PathBuf {
    cargo::target().join("bench")
}

fn cost_folder() -> PathBuf {
    cargo::target().join("cost")
}

/// What `compile` finds, for `report`.
fn figures() -> PathBuf {
    cost_folder().join("figures.tsv")
}
