//! The packages that would be published: complete manifests, few files, and packages that build by themselves.

use crate::cargo::{self, Failure, cargo};
use crate::published::{self, Package};

/// Files that each package has.
const FILES: [&str; 5] = ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md", "src/lib.rs"];

/// Checks the packages, then packs them and builds each from its archive. A package finds the others
/// in their archives too, as a user's build finds them in the registry.
pub(crate) fn verify() -> Result<(), Failure> {
    let packages = published::packages()?;
    let repository = published::repository(&packages);
    let mut faults = Vec::new();
    for package in &packages {
        let own = package.faults(repository).into_iter().chain(files_faults(package)?);
        faults.extend(own.map(|fault| format!("{}: {fault}", package.name)));
    }
    if !faults.is_empty() {
        return Err(Failure::new(faults.join("\n")));
    }
    let names: Vec<_> = packages.iter().map(|package| format!("-p {}", package.name)).collect();
    // `--allow-dirty` is for a checkout in the middle of a change.
    let arguments = format!("package --allow-dirty {}", names.join(" "));
    println!("== package: cargo {arguments}");
    // Dependencies are compiled once for all packages, and not in a folder of each.
    let mut command = cargo(&arguments);
    cargo::run(command.current_dir(cargo::root()).env("CARGO_TARGET_DIR", cargo::target()))
}

fn files_faults(package: &Package) -> Result<Vec<String>, Failure> {
    let mut command = cargo(&format!("package --list --allow-dirty -p {}", package.name));
    let list = cargo::read(command.current_dir(cargo::root()))?;
    let files: Vec<_> = list.lines().collect();
    let missing = FILES.into_iter().filter(|file| !files.contains(file));
    let is_not_for_users = |file: &&&str| file.starts_with("tests/") || file.starts_with(".ci");
    let more = files.iter().filter(is_not_for_users);
    Ok(missing
        .map(|file| format!("the package lacks {file}"))
        .chain(more.map(|file| format!("the package has {file}: see `include`")))
        .collect())
}
