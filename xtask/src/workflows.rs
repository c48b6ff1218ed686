//! Holds the workflows of the code host to tasks of xtask, and to versions that cannot change.

use std::fs;
use std::path::PathBuf;

use crate::cargo::root;
use crate::selection;

fn workflows() -> Vec<(PathBuf, String)> {
    let files = fs::read_dir(root().join(".github/workflows")).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    paths.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The values of a key, in every step of a workflow.
fn values<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    let value = |line: &'a str| line.trim_start().trim_start_matches("- ").strip_prefix(key);
    text.lines().filter_map(value).map(str::trim).collect()
}

#[test]
fn cargo_is_called_by_tasks_that_exist() {
    let mut tasks = 0;
    for (path, text) in workflows() {
        for line in text.lines().filter(|line| line.contains("cargo ")) {
            let Some((_, words)) = line.split_once("- run: cargo xtask ") else {
                assert!(line.trim_start().starts_with('#'), "{}: {line}", path.display());
                continue;
            };
            let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
            if let Err(failure) = selection::select(&words) {
                panic!("{}: {line}: {failure}", path.display());
            }
            tasks += 1;
        }
    }
    assert!(tasks >= 4, "{tasks}");
}

/// A tag of an action can be moved to other code; a commit cannot.
#[test]
fn actions_are_held_to_commits() {
    for (path, text) in workflows() {
        let actions = values(&text, "uses:");
        assert!(!actions.is_empty(), "{}", path.display());
        for action in actions {
            let (_, version) = action.split_once('@').unwrap_or_default();
            let commit = version.split(' ').next().unwrap_or_default();
            let is_commit = commit.len() == 40 && commit.chars().all(|c| c.is_ascii_hexdigit());
            assert!(is_commit, "{}: {action}", path.display());
        }
    }
}

/// The image holds the toolchain of `rust-toolchain.toml`, so that nothing has to be fetched.
#[test]
fn images_hold_the_pinned_toolchain() {
    let toolchain = include_str!("../../rust-toolchain.toml");
    for (path, text) in workflows() {
        for image in values(&text, "container:") {
            let version = image.strip_prefix("rust:").and_then(|tag| tag.split('-').next());
            let channel = format!("channel = \"{}\"", version.unwrap_or_default());
            assert!(toolchain.contains(&channel), "{}: {image}", path.display());
        }
    }
}
