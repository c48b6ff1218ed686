//! The attribute's costs in its users' builds: `cargo xtask cost`.
//!
//! `package` writes a workspace: plain and annotated functions, a program that prints the sizes of
//! futures, and two packages whose builds are compared. Its builds have target directories of their
//! own, so no other build locks them, and they hold none of this program's dependencies.
//!
//! A figure over its budget is printed as missed. Only a tool that fails is an error.

mod bodies;
mod build;
mod cargo;
mod check;
mod error;
mod figure;
mod functions;
mod futures;
mod lines;
mod package;

use std::path::Path;

use crate::costs::Costs;
use error::BuildError;
use figure::Figure;
use package::Packages;

/// Measures builds in `folder` and prints the costs. `crates` is the number of
/// crates in a user's build, `most_crates` its budget.
pub(crate) fn measure(
    folder: &Path,
    crates: usize,
    most_crates: usize,
) -> Result<Costs, BuildError> {
    let packages = Packages::write(folder, &futures::source())?;
    let mut figures = check::figures(&packages)?;
    figures.extend(lines::figures(&packages)?);
    figures.extend(futures::figures(&packages)?);
    figures.extend(bodies::figures(&packages)?);
    let what = "crates in a user's build, this one included";
    figures.push(Figure::count(what, crates, "").at_most(most_crates));
    figures.extend(build::figures(&packages)?);

    let costs = Costs(figures.into_iter().map(Figure::into_cost).collect());
    println!("\nWhat the attribute costs at compile time");
    for cost in &costs.0 {
        println!("  {cost}");
    }
    Ok(costs)
}
