//! What the attribute costs its users' builds: `cargo xtask cost`.
//!
//! A workspace is written: functions plain and annotated, a program that prints
//! the sizes of futures, and two packages whose builds are compared. Its builds
//! have target directories of their own. A figure that misses its budget is
//! printed as missed; only a tool that fails is an error.

mod build;
mod cargo;
mod check;
mod figure;
mod functions;
mod futures;
mod lines;
mod package;

use std::fs;
use std::path::Path;

use cargo::Failure;
use figure::Figure;
use package::Packages;

/// Measures in a workspace below `folder`, and writes the figures to `out`.
/// `crates` and `most_crates` are counted by `cargo xtask tree`.
pub(crate) fn measure(
    folder: &Path,
    crates: usize,
    most_crates: usize,
    out: &Path,
) -> Result<(), Failure> {
    let packages = Packages::write(folder, &futures::source())?;
    let mut figures = check::figures(&packages)?;
    figures.extend(lines::figures(&packages)?);
    figures.extend(futures::figures(&packages)?);
    figures.push(tree_figure(crates, most_crates));
    figures.extend(build::figures(&packages)?);

    println!("\nWhat the attribute costs at compile time");
    for figure in &figures {
        println!("  {figure}");
    }
    let lines: String = figures.iter().map(Figure::tabbed).collect();
    fs::write(out, lines).map_err(|error| Failure::file(out, error))
}

fn tree_figure(crates: usize, most_crates: usize) -> Figure {
    Figure::count("crates in a user's build, this one included", crates, "").at_most(most_crates)
}
