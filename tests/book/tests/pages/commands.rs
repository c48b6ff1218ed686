//! The commands on the book's pages.

use std::fs;
use std::process::Command;

use crate::block::{Block, blocks, root};

/// Runs a block, and returns its output.
fn run(block: &Block) -> String {
    let (program, flag) = if block.kind() == "python" { ("python3", "-c") } else { ("sh", "-euc") };
    let output =
        Command::new(program).args([flag, &block.text]).current_dir(root()).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr);
    let place = format!("{}:{}", block.page, block.line);
    assert!(output.status.success(), "{place}: {}\n{said}{complaint}", output.status);
    pictures(block);
    said
}

/// Compares the picture that a command has drawn in `target` with the page's own.
fn pictures(block: &Block) {
    for name in block.text.split_whitespace().filter_map(|word| word.strip_prefix("target/")) {
        let [drawn, shown] =
            ["target", "book/src"].map(|folder| fs::read(root().join(folder).join(name)).ok());
        assert!(shown.is_none() || drawn == shown, "book/src/{name} is not what the page draws");
    }
}

/// Finds if lines are as expected, where `...` stands for any lines.
fn is_as(said: &[&str], expected: &[&str]) -> bool {
    match (said, expected) {
        (_, ["...", rest @ ..]) => (0..=said.len()).any(|skipped| is_as(&said[skipped..], rest)),
        ([first, said @ ..], [line, expected @ ..]) => {
            first.trim_end() == line.trim_end() && is_as(said, expected)
        }
        ([], []) => true,
        _ => false,
    }
}

/// `cargo xtask book` runs it: the commands build programs.
#[test]
#[ignore = "runs the commands on the pages"]
fn commands_print_what_the_pages_say() {
    let mut said = String::new();
    for block in &blocks() {
        match block.mark() {
            Some(("run", _)) => {
                println!("{}:{}:\n{}", block.page, block.line, block.text);
                said = run(block);
            }
            Some(("output", _)) => {
                let (lines, expected): (Vec<_>, Vec<_>) =
                    (said.lines().collect(), block.text.lines().collect());
                let place = format!("{}:{}", block.page, block.line);
                assert!(is_as(&lines, &expected), "{place}: expected\n{}found\n{said}", block.text);
            }
            _ => {}
        }
    }
}

#[test]
fn dots_stand_for_any_lines() {
    assert!(is_as(&["a", "b", "c"], &["a", "...", "c"]));
    assert!(is_as(&["a"], &["a", "..."]));
    assert!(!is_as(&["a", "b"], &["a"]));
    assert!(!is_as(&["a", "b"], &["...", "a"]));
}
