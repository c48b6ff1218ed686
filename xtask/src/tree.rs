//! The crates that a user's build gets.

use std::collections::BTreeSet;

use crate::cargo::{self, Failure, cargo};

/// The largest number of crates with the default features, including this one.
pub(crate) const MOST_CRATES: usize = 14;

const TREE: &str = "tree -p breakerbox -e normal,build --prefix none --format {p}";

/// The name and version of each crate, with the default features.
pub(crate) fn crates() -> Result<BTreeSet<String>, Failure> {
    read(TREE)
}

fn read(tree: &str) -> Result<BTreeSet<String>, Failure> {
    let text = cargo::read(cargo(tree).current_dir(cargo::root()))?;
    // A repeated crate has a mark behind its version.
    let name = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    Ok(text.lines().filter(|line| !line.is_empty()).map(name).collect())
}

pub(crate) fn is_small() -> Result<(), Failure> {
    println!("== tree: cargo {TREE}");
    let crates = crates()?;
    println!("{} crates, at most {MOST_CRATES}: {crates:?}", crates.len());
    if crates.len() > MOST_CRATES {
        return Err(Failure::new("a user's build gets too many crates"));
    }
    let with_list = read(&format!("{TREE} --features inventory"))?;
    let more: Vec<_> = with_list.difference(&crates).collect();
    println!("with the feature `inventory`, also: {more:?}");
    let is_the_list = |name: &String| name.starts_with("inventory ");
    if more.len() != 1 || !more.into_iter().all(is_the_list) {
        return Err(Failure::new("the feature `inventory` needs the crate of that name alone"));
    }
    Ok(())
}
