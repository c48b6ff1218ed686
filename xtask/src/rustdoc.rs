//! Calls of rustdoc with unstable flags, which it takes when `RUSTC_BOOTSTRAP=1` is set.
//!
//! Build scripts of dependencies read that variable too, and build for a nightly compiler then. So
//! only rustdoc gets it: cargo calls xtask in rustdoc's place, and xtask calls rustdoc.

use std::process::{Command, ExitCode};

use crate::cargo::{self, Failure, cargo, root};
use crate::published::Package;

/// Says that cargo has called xtask as rustdoc. Its value is the program to call.
const MARK: &str = "XTASK_RUSTDOC";

/// Documents the packages with all features, by rustdoc with these flags.
pub(crate) fn document(task: &str, flags: &str, packages: &[Package]) -> Result<(), Failure> {
    let names: Vec<_> = packages.iter().map(|package| format!("-p {}", package.name)).collect();
    let arguments = format!("doc --no-deps --all-features {}", names.join(" "));
    println!("== {task}: RUSTDOCFLAGS=\"{flags}\" cargo {arguments}");
    let program = std::env::current_exe()
        .map_err(|error| Failure::new(format!("xtask cannot find itself: {error}")))?;
    let rustdoc = std::env::var_os("RUSTDOC").unwrap_or_else(|| "rustdoc".into());
    let mut command = cargo(&arguments);
    command.current_dir(root()).env("CARGO_TARGET_DIR", cargo::target());
    cargo::run(command.env("RUSTDOCFLAGS", flags).env("RUSTDOC", program).env(MARK, rustdoc))
}

/// Runs rustdoc, if cargo has called xtask in its place.
pub(crate) fn stand_in() -> Option<ExitCode> {
    let rustdoc = std::env::var_os(MARK)?;
    let mut command = Command::new(rustdoc);
    command.args(std::env::args_os().skip(1)).env("RUSTC_BOOTSTRAP", "1").env_remove(MARK);
    Some(match cargo::run(&mut command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE, // rustdoc has said why
    })
}
