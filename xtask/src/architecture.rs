//! Holds `ARCHITECTURE.md` to the source: readers soon leave a map that lacks a module.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cargo::root;

const MAPPED: [&str; 2] = ["breaker-core/src", "breaker-macros/src"];

fn map() -> String {
    fs::read_to_string(root().join("ARCHITECTURE.md")).unwrap()
}

/// The files under a folder, without those of tests.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let (folders, files): (Vec<_>, Vec<_>) = entries.partition(|path| path.is_dir());
    let folders = folders.iter().filter(|folder| !folder.ends_with("tests"));
    files.into_iter().chain(folders.flat_map(|folder| self::files(folder))).collect()
}

/// The module's name: that of the file, or for `mod.rs` that of its folder.
fn module(file: &Path) -> &str {
    let named = if file.ends_with("mod.rs") { file.parent().unwrap() } else { file };
    named.file_stem().unwrap().to_str().unwrap()
}

fn is_word(text: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(is_part) && !text[at + word.len()..].starts_with(is_part)
    })
}

#[test]
fn map_names_every_module() {
    let map = map();
    let files: Vec<_> = MAPPED.iter().flat_map(|folder| files(&root().join(folder))).collect();
    let modules: Vec<_> = files.iter().map(|file| module(file)).collect();
    assert!(modules.len() > 80, "{modules:?}");
    let is_test = |name: &str| name == "tests" || name.ends_with("_tests");
    let missing: Vec<_> =
        modules.iter().filter(|name| !is_test(name) && !is_word(&map, name)).collect();
    assert!(missing.is_empty(), "not in ARCHITECTURE.md: {missing:?}");
}

#[test]
fn map_fits_into_200_lines() {
    assert!(map().lines().count() <= 200);
}
