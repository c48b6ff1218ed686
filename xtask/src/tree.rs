//! The crates that a user's build gets.

use std::collections::BTreeSet;

use crate::cargo::{self, Failure, cargo};

/// With the default features, this crate included.
pub(crate) const MOST_CRATES: usize = 14;

const TREE: &str = "tree -p breakerbox -e normal,build --prefix none --format {p}";

/// Name and version of each.
pub(crate) fn crates() -> Result<BTreeSet<String>, Failure> {
    let text = cargo::read(cargo(TREE).current_dir(cargo::root()))?;
    // Repeated crates carry a mark behind their version.
    let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    Ok(text.lines().filter(|line| !line.is_empty()).map(name).collect())
}

pub(crate) fn is_small() -> Result<(), Failure> {
    println!("== tree: cargo tree -p breakerbox -e normal,build");
    let crates = crates()?;
    println!("{} crates, at most {MOST_CRATES}: {crates:?}", crates.len());
    if crates.len() > MOST_CRATES {
        return Err(Failure::new("a user's build gets too many crates"));
    }
    Ok(())
}
