//! What the attribute costs its users' builds: `cargo xtask cost`.
//!
//! A workspace is written to `target/cost`: functions plain and annotated, a
//! program that prints the sizes of futures, and two packages whose builds are
//! compared. A figure that misses its budget is printed as missed; only a tool
//! that fails is an error.

mod build;
mod check;
mod figure;
mod functions;
mod futures;
mod lines;
mod package;

use std::fs;

use crate::cargo::Failure;
use crate::tree;
use figure::Figure;
use package::Packages;

/// Where the figures go for `cargo xtask bench`, below the target directory.
pub(crate) const FIGURES: &str = "cost/figures.tsv";

pub(crate) fn run() -> Result<(), Failure> {
    let packages = Packages::write(&futures::source())?;
    let mut figures = check::figures(&packages)?;
    figures.extend(lines::figures(&packages)?);
    figures.extend(futures::figures(&packages)?);
    figures.push(tree_figure()?);
    figures.extend(build::figures(&packages)?);

    println!("\nWhat the attribute costs at compile time");
    for figure in &figures {
        println!("  {figure}");
    }
    let path = crate::cargo::target().join(FIGURES);
    let lines: String = figures.iter().map(Figure::tabbed).collect();
    fs::write(&path, lines).map_err(|error| Failure::file(&path, error))
}

fn tree_figure() -> Result<Figure, Failure> {
    let crates = tree::crates()?;
    Ok(Figure::count("crates in a user's build, this one included", crates.len(), "")
        .at_most(tree::MOST_CRATES))
}
