//! The generated workspace.

use std::fs;
use std::path::{self, Path, PathBuf};
use std::process::Command;

use super::cargo::{self, cargo};
use super::error::BuildError;
use super::{bodies, functions};

const WORKSPACE: &str = r#"[workspace]
members = ["plain", "annotated", "futures", "facade", "base", "bodies-*"]
resolver = "3"

# Whole builds are measured, not what a change would rebuild.
[profile.dev]
incremental = false
"#;

/// The dependencies of any attribute macro, in the versions of ours.
const BASE: &str = r#"syn = { version = "3", features = ["full"] }
quote = "1"
proc-macro2 = "1"
"#;

/// The workspace, written to a folder.
pub(super) struct Packages {
    root: PathBuf,
}

impl Packages {
    /// Writes the workspace. `futures` is the source of the program that measures futures.
    pub(super) fn write(folder: &Path, futures: &str) -> Result<Self, BuildError> {
        // Cargo runs in the folder, where a relative path would lead elsewhere.
        let root = path::absolute(folder).map_err(|error| BuildError::file(folder, error))?;
        let packages = Packages { root };
        packages.file("Cargo.toml", WORKSPACE)?;
        // Users' builds are measured with the versions that this repository is tested with.
        let lock = cargo::root().join("Cargo.lock");
        let text = fs::read_to_string(&lock).map_err(|error| BuildError::file(&lock, error))?;
        packages.file("Cargo.lock", &text)?;

        let facade = format!("breakerbox = {{ path = '{}' }}\n", cargo::root().display());
        packages.package("plain", "", "lib.rs", &functions::plain())?;
        packages.package("annotated", &facade, "lib.rs", &functions::annotated())?;
        packages.package("futures", &facade, "main.rs", futures)?;
        for (name, needs_ours, source) in bodies::packages() {
            packages.package(name, if needs_ours { &facade } else { "" }, "lib.rs", &source)?;
        }
        packages.package("facade", &facade, "lib.rs", "pub use breakerbox;\n")?;
        packages.package("base", BASE, "lib.rs", "pub use {proc_macro2, quote, syn};\n")?;
        Ok(packages)
    }

    /// Cargo, to be run in the workspace with one of its target directories.
    pub(super) fn cargo(&self, arguments: &str, target: &str) -> Command {
        let mut command = cargo(arguments);
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", self.target(target));
        command
    }

    /// A target directory of the workspace.
    pub(super) fn target(&self, name: &str) -> PathBuf {
        self.root.join("target").join(name)
    }

    /// Makes cargo build the library again.
    pub(super) fn touch(&self, package: &str) -> Result<(), BuildError> {
        let path = self.root.join(package).join("src/lib.rs");
        let touched = fs::read(&path).and_then(|source| fs::write(&path, source));
        touched.map_err(|error| BuildError::file(&path, error))
    }

    fn package(&self, name: &str, needs: &str, main: &str, source: &str) -> Result<(), BuildError> {
        let manifest = format!(
            "[package]\nname = \"{name}\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\n\
             [dependencies]\n{needs}"
        );
        self.file(&format!("{name}/Cargo.toml"), &manifest)?;
        self.file(&format!("{name}/src/{main}"), source)
    }

    fn file(&self, name: &str, text: &str) -> Result<(), BuildError> {
        let path = self.root.join(name);
        let folder = path.parent().unwrap_or(Path::new("."));
        let written = fs::create_dir_all(folder).and_then(|()| fs::write(&path, text));
        written.map_err(|error| BuildError::file(&path, error))
    }
}
