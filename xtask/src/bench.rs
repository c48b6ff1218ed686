//! What a call costs, ours and others, and what the attribute costs at compile
//! time: `cargo xtask bench`.
//!
//! Four builds of the package in `benches`, each with findings of its own,
//! which its last run puts together.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::{self, Failure, cargo};
use crate::tree;

/// Ours and what it is compared with, for the build with `tracing`.
const TRACED: [&str; 3] =
    ["bare-call/none/", "#[circuit_breaker]/threshold/", "Breaker::call/threshold/"];

/// Ours by the attribute, and the bare call, for the build that users make.
const USERS: [&str; 2] = ["bare-call/none/", "#[circuit_breaker]/"];

/// Another build, whose cases have a suffix.
struct Other {
    /// The build's arguments, and the name of its files.
    build: &'static str,
    name: &'static str,
    cases: &'static [&'static str],
}

const OTHERS: [Other; 2] = [
    Other { build: "--release --features tracing", name: "tracing", cases: &TRACED },
    Other { build: "--profile users", name: "users", cases: &USERS },
];

/// What the attribute costs its users' builds, in about a minute once the program is built.
pub(crate) fn cost() -> Result<(), Failure> {
    // Cargo does the work: the program is as good unoptimised, and built sooner.
    compile(program(""))
}

/// All of it, in about twenty minutes; writes `docs/performance.md` and its pictures.
pub(crate) fn run() -> Result<(), Failure> {
    measure("180", &cargo::root().join("docs"))
}

/// With little patience, and written below the target directory.
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

/// What `compile` finds, for `report`.
fn figures() -> PathBuf {
    cost_folder().join("figures.tsv")
}
