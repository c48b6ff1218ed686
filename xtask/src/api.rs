//! The public items of the published packages, compared with the lists in `tests/api/public`.

use crate::cargo::{self, Failure, cargo, root};
use crate::{published, rustdoc};

const JSON: &str = "-Z unstable-options --output-format json";

/// Has rustdoc describe the packages in JSON, and `tests/api` compare that with the lists.
pub(crate) fn is_listed() -> Result<(), Failure> {
    if !cfg!(target_os = "linux") {
        println!("api: LEFT OUT, as the lists are those of Linux");
        return Ok(());
    }
    let packages = published::packages()?;
    rustdoc::document("api", JSON, &packages)?;
    let mut command = cargo("run --quiet -p api --");
    command.arg(cargo::target().join("doc"));
    command.args(packages.iter().map(|package| &package.name)).current_dir(root());
    cargo::read(&mut command).map(|said| print!("{said}"))
}
