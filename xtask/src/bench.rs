//! Measures the price of a call, ours and others', and the price of the attribute at compile time:
//! `cargo xtask bench`.
//!
//! There are four builds of the package in `benches`. Each writes findings of its own, and the last
//! run combines them.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::{self, Failure, cargo};
use crate::tree;

/// Our cases and those they are compared with, for the build with `tracing`.
const TRACED: [&str; 3] =
    ["bare-call/none/", "#[circuit_breaker]/threshold/", "Breaker::call/threshold/"];

/// Our cases by the attribute, and the bare call, for a build as users make it.
const USERS: [&str; 2] = ["bare-call/none/", "#[circuit_breaker]/"];

/// Another build, whose cases have a suffix.
struct Other {
    /// The arguments of the build, which also name its files.
    build: &'static str,
    name: &'static str,
    cases: &'static [&'static str],
}

const OTHERS: [Other; 2] = [
    Other { build: "--release --features tracing", name: "tracing", cases: &TRACED },
    Other { build: "--profile users", name: "users", cases: &USERS },
];

/// Measures the attribute's price in its users' builds, in about a minute once the program is
/// built.
pub(crate) fn cost() -> Result<(), Failure> {
    // An unoptimised program does as well and is built sooner: cargo does the work.
    compile(program(""))
}

/// Runs all measurements, in about twenty minutes; writes `docs/performance.md` and its pictures.
pub(crate) fn run() -> Result<(), Failure> {
    measure("180", &cargo::root().join("docs"))
}

/// Runs all measurements briefly, and writes below the target directory.
pub(crate) fn quick() -> Result<(), Failure> {
    measure("20", &bench_folder())
}

fn measure(seconds: &str, docs: &Path) -> Result<(), Failure> {
    compile(program("--release"))?;
    let mut files = vec![found("heap")];
    cargo::run(
        program("--release --features allocations").arg("heap").arg("--out").arg(found("heap")),
    )?;
    for Other { build, name, cases } in OTHERS {
        let only = || cases.iter().flat_map(|case| ["--only", case]);
        let suffix = format!("+{name}");
        let [time, count] = [found(name), found(&format!("{name}-count"))];
        let mut command = program(build);
        command.args(["time", "--seconds", "20"]).args(only());
        cargo::run(command.args(["--suffix", &suffix, "--out"]).arg(&time))?;
        let mut command = program(build);
        command.arg("count").args(only());
        cargo::run(command.args(["--suffix", &suffix, "--out"]).arg(&count))?;
        files.extend([time, count]);
    }
    let [time, crowd, count] = ["time", "crowd", "count"].map(found);
    cargo::run(program("--release").args(["time", "--seconds", seconds, "--out"]).arg(&time))?;
    cargo::run(program("--release").args(["crowd", "--seconds", seconds, "--out"]).arg(&crowd))?;
    cargo::run(program("--release").arg("count").arg("--out").arg(&count))?;
    files.extend([time, crowd, count]);

    let mut command = program("--release");
    command.arg("report").arg("--findings").args(&files).arg("--cost").arg(figures());
    cargo::run(command.arg("--docs").arg(docs))
}

/// Lets the program measure builds, in target directories apart from its own.
fn compile(mut program: Command) -> Result<(), Failure> {
    let crates = tree::crates()?.len().to_string();
    program.args(["compile", "--crates", &crates]);
    program.args(["--most-crates", &tree::MOST_CRATES.to_string()]);
    program.arg("--folder").arg(cost_folder()).arg("--out").arg(figures());
    cargo::run(&mut program)
}

/// The package's program, which is built if needed.
fn program(build: &str) -> Command {
    let call = format!("run --quiet --manifest-path benches/Cargo.toml {build}");
    let mut command = cargo(call.trim_end());
    // Errors of some peers would gather backtraces.
    command.env("RUST_BACKTRACE", "0").env("RUST_LIB_BACKTRACE", "0");
    command.current_dir(cargo::root()).arg("--");
    command
}

/// A file of findings.
fn found(name: &str) -> PathBuf {
    bench_folder().join(name).with_extension("tsv")
}

fn bench_folder() -> PathBuf {
    cargo::target().join("bench")
}

fn cost_folder() -> PathBuf {
    cargo::target().join("cost")
}

/// The file that `compile` writes for `report`.
fn figures() -> PathBuf {
    cost_folder().join("figures.tsv")
}
