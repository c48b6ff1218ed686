//! Targets of WebAssembly: one builds, and one is refused with the reason.

use std::process::Command;

use crate::cargo::{self, Failure, cargo, root};

/// Has a clock. The features are those that need neither threads nor sockets.
const BUILT: &str = "wasm32-wasip1";
const FEATURES: &str = "stream,serde,tracing,testing,config,metrics";

/// Has no clock: `std::time` compiles there, and panics.
const REFUSED: &str = "wasm32-unknown-unknown";
const REASON: &str = "breakers need a clock";

/// Builds the facade for one target, and expects the error of the other.
pub(crate) fn build() -> Result<(), Failure> {
    if is_there(BUILT) {
        let arguments = format!("check -p breakerbox --target {BUILT} --features {FEATURES}");
        println!("== targets: cargo {arguments}");
        cargo::run(cargo(&arguments).current_dir(root()))?;
    }
    if is_there(REFUSED) {
        let arguments = format!("check -p breakerbox --target {REFUSED}");
        println!("== targets: cargo {arguments}, which must fail");
        match cargo::read(cargo(&arguments).current_dir(root())) {
            Err(failure) if failure.to_string().contains(REASON) => {}
            Err(failure) => return Err(failure),
            Ok(_) => return Err(Failure::new(format!("{REFUSED} builds, and would panic"))),
        }
    }
    Ok(())
}

/// Has rustup install the target's standard library.
fn is_there(target: &str) -> bool {
    let is_there = cargo::read(Command::new("rustup").args(["target", "add", target])).is_ok();
    if !is_there {
        println!("targets: LEFT OUT {target}, which rustup does not give");
    }
    is_there
}
