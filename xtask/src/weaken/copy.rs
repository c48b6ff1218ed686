//! A copy of the source, which may be changed while the source stays unchanged.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::edit::{self, Edit};
use crate::cargo::{self, Failure, root, target};

/// The module that is added to the copy, and switches the edits on.
const WEAKENED: &str = "\
use std::sync::OnceLock;
use crate::sync::atomic::Ordering;
pub(crate) fn is_on(number: usize) -> bool {
    static ON: OnceLock<Vec<usize>> = OnceLock::new();
    let numbers = || std::env::var(\"BREAKER_WEAKENED\").unwrap_or_default();
    let parse = || numbers().split_whitespace().filter_map(|number| number.parse().ok()).collect();
    ON.get_or_init(parse).contains(&number)
}
pub(crate) fn ordering(number: usize, ordering: Ordering) -> Ordering {
    if is_on(number) { Ordering::Relaxed } else { ordering }
}
";

pub(super) struct SourceCopy {
    folder: PathBuf,
    edits: &'static [Edit],
}

fn failure(what: &Path, error: &io::Error) -> Failure {
    Failure::new(format!("{}: {error}", what.display()))
}

fn read(path: &Path) -> Result<String, Failure> {
    fs::read_to_string(path).map_err(|error| failure(path, &error))
}

/// Writes a file, unless it already has this content, so that it is not compiled anew.
fn write(path: &Path, content: &[u8]) -> Result<(), Failure> {
    if fs::read(path).is_ok_and(|present| present == content) {
        return Ok(());
    }
    fs::write(path, content).map_err(|error| failure(path, &error))
}

/// Copies the files that a build needs: neither builds nor hidden files. `edited` are left out.
fn copy(from: &Path, to: &Path, edited: &BTreeSet<PathBuf>) -> Result<(), Failure> {
    fs::create_dir_all(to).map_err(|error| failure(to, &error))?;
    for entry in fs::read_dir(from).map_err(|error| failure(from, &error))? {
        let entry = entry.map_err(|error| failure(from, &error))?;
        let (name, path) = (entry.file_name(), entry.path());
        if name == "target" || name.to_string_lossy().starts_with('.') || edited.contains(&path) {
            continue;
        }
        if path.is_dir() {
            copy(&path, &to.join(name), edited)?;
        } else {
            let content = fs::read(&path).map_err(|error| failure(&path, &error))?;
            write(&to.join(name), &content)?;
        }
    }
    Ok(())
}

impl SourceCopy {
    /// Copies the source with all edits, each of which is switched off.
    pub(super) fn make(edits: &'static [Edit]) -> Result<Self, Failure> {
        let folder = target().join("weaken").join("source");
        let source = root().join("breaker-core/src");
        let files: BTreeSet<_> = edits.iter().map(|edit| edit.file).collect();
        let (library, core) = (source.join("lib.rs"), folder.join("breaker-core/src"));
        let mut edited: BTreeSet<_> = files.iter().map(|file| source.join(file)).collect();
        edited.insert(library.clone());
        copy(root(), &folder, &edited)?;
        for file in files {
            let text = edit::apply(edits, file, &read(&source.join(file))?)?;
            write(&core.join(file), text.as_bytes())?;
        }
        write(&core.join("weakened.rs"), WEAKENED.as_bytes())?;
        write(&core.join("lib.rs"), (read(&library)? + "\nmod weakened;\n").as_bytes())?;
        let copy = SourceCopy { folder, edits };
        cargo::run(&mut copy.cargo("test --release -p breaker-core --test loom --no-run"))?;
        Ok(copy)
    }

    /// Runs models with the edits of these names switched on, and returns those that fail.
    pub(super) fn failing(
        &self,
        names: &[&str],
        models: &[&str],
    ) -> Result<BTreeSet<String>, Failure> {
        let numbered = self.edits.iter().enumerate();
        let on = numbered.filter(|(_, edit)| names.contains(&edit.name));
        let on: Vec<_> = on.map(|(number, _)| number.to_string()).collect();
        let mut command = self.cargo("test --release -p breaker-core --test loom -- --exact");
        command.args(models).env("BREAKER_WEAKENED", on.join(" "));
        let (status, printed) = cargo::try_read(&mut command)?;
        let failed = printed.lines().filter_map(|line| {
            let name = line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?;
            Some(name.to_owned())
        });
        let failed: BTreeSet<_> = failed.collect();
        let is_whole = printed.contains("test result: ");
        if is_whole && status.success() == failed.is_empty() {
            return Ok(failed);
        }
        Err(Failure::new(format!("the models of {names:?} do not end, {status}:\n{printed}")))
    }

    fn cargo(&self, arguments: &str) -> Command {
        let mut command = cargo::cargo(arguments);
        command.current_dir(&self.folder).env("RUSTFLAGS", "--cfg breaker_loom");
        command.env("CARGO_TARGET_DIR", self.folder.with_file_name("build"));
        command
    }
}
