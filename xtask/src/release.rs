//! The conditions of a release, and the order in which its packages are published.

use std::fs;
use std::process::Command;

use crate::cargo::{self, Failure, cargo, root};
use crate::published::{self, Package};

/// Stands in the repository's address until somebody publishes.
const PLACEHOLDER: &str = "OWNER";

/// Checks all that can be checked by machine, and prints the commands of the publication. Publishes
/// nothing.
pub(crate) fn check() -> Result<(), Failure> {
    let packages = published::packages()?;
    let version = packages.first().map_or("", |package| package.text("version"));
    let changelog = root().join("CHANGELOG.md");
    let changes = fs::read_to_string(&changelog)
        .map_err(|error| Failure::new(format!("{}: {error}", changelog.display())))?;
    let mut faults = faults(&packages, version, &changes);
    if !git("status --porcelain")?.is_empty() {
        faults.push("the checkout has changes that are not committed".to_owned());
    }
    if !git(&format!("tag --list v{version}"))?.is_empty() {
        faults.push(format!("the tag v{version} exists: raise the version"));
    }
    match git("tag --list --sort=-version:refname v*")?.lines().next() {
        Some(tag) => faults.extend(compare(tag, &packages)),
        None => println!("release: LEFT OUT cargo-semver-checks: there is no tag to compare with"),
    }
    println!("release: in this order, after `cargo xtask ci`:");
    for package in &packages {
        println!("  cargo publish -p {}", package.name);
    }
    println!("  git tag v{version}");
    if faults.is_empty() { Ok(()) } else { Err(Failure::new(faults.join("\n"))) }
}

fn faults(packages: &[Package], version: &str, changes: &str) -> Vec<String> {
    let repository = published::repository(packages);
    let mut faults = Vec::new();
    if repository.contains(PLACEHOLDER) {
        faults.push(format!(
            "the repository's address is {repository}: replace `{PLACEHOLDER}` in Cargo.toml and in \
             the links that begin with it"
        ));
    }
    if !changes.lines().any(|line| line.starts_with(&format!("## [{version}]"))) {
        faults.push(format!("CHANGELOG.md has no `## [{version}]`"));
    }
    let others = packages.iter().filter(|package| package.text("version") != version);
    faults.extend(others.map(|p| format!("{} has version {}", p.name, p.text("version"))));
    faults
}

/// Has cargo-semver-checks look for changes that break users of the tag's version.
fn compare(tag: &str, packages: &[Package]) -> Option<String> {
    if cargo::read(&mut cargo("semver-checks --version")).is_err() {
        return Some(format!(
            "cargo-semver-checks, which compares the packages with {tag}, is missing: \
             `cargo install --locked cargo-semver-checks`"
        ));
    }
    let names: Vec<_> = packages
        .iter()
        .filter(|package| package.name != "breaker-macros") // a macro has no types to compare
        .map(|package| format!("-p {}", package.name))
        .collect();
    let arguments = format!("semver-checks --baseline-rev {tag} {}", names.join(" "));
    println!("== release: cargo {arguments}");
    cargo::run(cargo(&arguments).current_dir(root())).err().map(|failure| failure.to_string())
}

fn git(arguments: &str) -> Result<String, Failure> {
    cargo::read(Command::new("git").args(arguments.split(' ')).current_dir(root()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn release_without_notes_and_address_is_refused() {
        let packages = published::packages().unwrap();
        let found = faults(&packages, "9.9.9", "## [Unreleased]\n");
        assert!(found.iter().any(|fault| fault.contains("has no `## [9.9.9]`")), "{found:?}");
        assert!(found.iter().any(|fault| fault.contains("has version")), "{found:?}");
    }

    #[test]
    fn notes_of_the_version_are_found() {
        let packages = published::packages().unwrap();
        let version = packages[0].text("version");
        let found = faults(&packages, version, &format!("## [{version}] - 2000-01-01\n"));
        assert!(found.iter().all(|fault| fault.contains(PLACEHOLDER)), "{found:?}");
    }
}
