//! Weakens one ordering of the core at a time, in a copy, and expects models of loom to fail.
//!
//! A model that passes shows only that it found nothing. If the model fails without an ordering, it
//! can see that the ordering is missing.
//!
//! The copy is built once, with every change in it. A change takes effect if the environment of the
//! models names its number.

mod copy;
mod edit;
mod edits;
mod rows;

use std::collections::BTreeSet;

use crate::cargo::Failure;
use copy::SourceCopy;
use edits::EDITS;
use rows::ROWS;

/// Changes that are made together, and the models that see them.
struct Row {
    /// The names of edits.
    edits: &'static [&'static str],
    seen: Seen,
}

enum Seen {
    /// Each of these models fails.
    By(&'static [&'static str]),
    /// No model is expected to fail, for this reason, so none is run.
    ByNone(&'static str),
    /// Nobody has found a failing model so far, nor the reason why none can fail.
    NotYet(&'static str),
}

/// Runs every row, and prints the table.
pub(crate) fn run() -> Result<(), Failure> {
    let copy = SourceCopy::make(EDITS)?;
    let models: BTreeSet<&str> = ROWS.iter().flat_map(Row::models).copied().collect();
    println!("== weaken: {} models, on the source as it is", models.len());
    let failed = copy.failing(&[], &models.into_iter().collect::<Vec<_>>())?;
    if !failed.is_empty() {
        return Err(Failure::new(format!(
            "weaken: models fail on the source as it is: {failed:?}"
        )));
    }
    let (mut lines, mut missed) = (Vec::new(), Vec::new());
    for row in ROWS {
        let name = row.edits.join(" and ");
        let result = row.run(&copy)?;
        println!("== weaken: {name}: {}", result.as_ref().unwrap_or_else(|missed| missed));
        lines.push(format!("| {name} | {} |", result.as_ref().unwrap_or_else(|missed| missed)));
        missed.extend(result.err().map(|missed| format!("{name}: {missed}")));
    }
    println!("\n| weakened | seen by |\n|---|---|\n{}", lines.join("\n"));
    if missed.is_empty() { Ok(()) } else { Err(Failure::new(missed.join("; "))) }
}

impl Row {
    fn models(&self) -> &'static [&'static str] {
        match self.seen {
            Seen::By(models) => models,
            Seen::ByNone(_) | Seen::NotYet(_) => &[],
        }
    }

    /// Returns the models that saw the changes, or as an error those that did not.
    fn run(&self, copy: &SourceCopy) -> Result<Result<String, String>, Failure> {
        let models = match self.seen {
            Seen::ByNone(reason) => return Ok(Ok(format!("no model: {reason}"))),
            Seen::NotYet(reason) => return Ok(Ok(format!("no model yet: {reason}"))),
            Seen::By(models) => models,
        };
        let failed = copy.failing(self.edits, models)?;
        let missed: Vec<_> = models.iter().filter(|model| !failed.contains(**model)).collect();
        let seen = || format!("`{}`", models.join("`, `"));
        Ok(if missed.is_empty() { Ok(seen()) } else { Err(format!("not seen by {missed:?}")) })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;
    use crate::cargo::root;
    use edit::{Edit, ORDERINGS};

    fn sources(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
        files.into_iter().chain(folders.iter().flat_map(|folder| sources(folder))).collect()
    }

    /// The positions of orderings in code, without those in tests.
    fn orderings(text: &str) -> Vec<usize> {
        let end = text.find("#[cfg(all(test, not(breaker_loom)))]\nmod tests {");
        let code = &text[..end.unwrap_or(text.len())];
        let found = ORDERINGS.iter().flat_map(|ordering| code.match_indices(ordering));
        let is_code = |at: &usize| !code[..*at].rsplit('\n').next().unwrap().contains("//");
        found.map(|(at, _)| at).filter(is_code).collect()
    }

    #[test]
    fn every_ordering_of_the_core_is_weakened() {
        let folder = root().join("breaker-core/src");
        let mut count = 0;
        for path in sources(&folder) {
            let file = path.strip_prefix(&folder).unwrap().to_str().unwrap();
            // Only the models' build has this `OnceBox`, which is their own.
            let is_test = file.ends_with("tests.rs") || file == "breaker/litmus.rs";
            if is_test || file == "sync/once.rs" {
                continue;
            }
            let text = fs::read_to_string(&path).unwrap();
            // There is no relaxed fence, so another edit removes the fence.
            let weakens = |edit: &&Edit| {
                let fence = || text[edit.place(&text).unwrap()].contains("fence(");
                edit.file == file && (edit.code.is_none() || fence())
            };
            let weakened: Vec<_> =
                EDITS.iter().filter(weakens).map(|edit| edit.place(&text).unwrap()).collect();
            for at in orderings(&text) {
                let line = text[..at].lines().count();
                let is_weakened = weakened.iter().any(|place| place.contains(&at));
                assert!(is_weakened, "{file}:{line} is not in `EDITS`");
                count += 1;
            }
        }
        assert!(count > 40, "{count}");
    }

    /// The copy itself is built by `cargo xtask weaken` alone.
    #[test]
    fn every_edit_can_be_made() {
        let files: BTreeSet<_> = EDITS.iter().map(|edit| edit.file).collect();
        for file in files {
            let path = root().join("breaker-core/src").join(file);
            let text = fs::read_to_string(&path).unwrap_or_else(|_| panic!("there is no {file}"));
            edit::apply(EDITS, file, &text).unwrap_or_else(|failure| panic!("{failure}"));
        }
    }

    #[test]
    fn every_edit_has_a_row_of_its_own() {
        for edit in EDITS {
            assert!(ROWS.iter().any(|row| row.edits == [edit.name]), "{}", edit.name);
        }
        for name in ROWS.iter().flat_map(|row| row.edits) {
            assert_eq!(EDITS.iter().filter(|edit| edit.name == *name).count(), 1, "{name}");
        }
    }

    #[test]
    fn every_model_of_a_row_exists() {
        for model in ROWS.iter().flat_map(Row::models) {
            let (file, name) = model.split_once("::").unwrap();
            let path = root().join(format!("breaker-core/tests/loom/{file}.rs"));
            let text = fs::read_to_string(path).unwrap();
            assert!(text.contains(&format!("#[test]\nfn {name}()")), "{model}");
        }
    }
}
