//! Holds every fenced block of the book to a test by its kind, or to a mark that says why it has
//! none. A mark is a comment on the line before the block:
//!
//! | mark | the block |
//! |---|---|
//! | `run` | `sh` or `python`, run from the root of the repository, and has to succeed |
//! | `output` | has to be the output of the `run` block before it; a line `...` stands for any lines |
//! | `in: PATH` | has to stand in that file of the repository, apart from indentation |
//! | `untested: REASON` | nothing holds it |
//!
//! Blocks of these kinds need no mark: `rust` (a doctest of this package or of `tests/clients`),
//! `toml` (a tuning file, or dependencies), `json` and `jsonl`, `promql` (`cargo xtask metrics`),
//! `message` (see `messages`).

mod block;
mod commands;
mod instruments;
mod messages;
mod peers;

use std::path::Path;

use block::{Block, blocks, root};

/// Returns what is wrong with a block, if anything is.
fn fault(block: &Block) -> Option<String> {
    match (block.kind(), block.mark()) {
        (_, Some(("untested", reason))) if reason.len() > 10 => None,
        (_, Some(("untested", _))) => Some("`untested` gives no reason".to_owned()),
        (_, Some(("in", file))) => quoted(block, file),
        ("sh" | "python", Some(("run", ""))) | ("text" | "json" | "csv", Some(("output", ""))) => {
            None
        }
        (_, Some((mark, _))) => Some(format!("does not go with the mark `{mark}`")),
        ("rust", None) => rust(block),
        ("toml", None) => toml(block),
        ("json" | "jsonl", None) => json(block),
        ("promql" | "message", None) => None,
        (kind, None) => Some(format!("of the kind `{kind}` has no test and no mark")),
    }
}

fn quoted(block: &Block, file: &str) -> Option<String> {
    let trimmed = |text: &str| text.lines().map(str::trim).collect::<Vec<_>>().join("\n");
    let Ok(text) = std::fs::read_to_string(root().join(file)) else {
        return Some(format!("is said to be in {file}, which is no file"));
    };
    let text = format!("\n{}\n", trimmed(&text));
    (!text.contains(&format!("\n{}\n", trimmed(&block.text)))).then(|| format!("is not in {file}"))
}

fn rust(block: &Block) -> Option<String> {
    if block.info.contains("ignore") {
        return Some("is ignored by rustdoc".to_owned());
    }
    let lists = ["tests/book/src/lib.rs", "tests/clients/src/lib.rs"];
    let is_compiled = lists.iter().any(|list| {
        let text = std::fs::read_to_string(root().join(list)).unwrap();
        text.contains(&format!("\"{}\"", block.page))
            || text.contains(&format!("/book/src/{}\"", block.page))
    });
    (!is_compiled).then(|| format!("is compiled by none of {lists:?}"))
}

fn toml(block: &Block) -> Option<String> {
    if block.text.contains("dependencies]") { dependencies(block) } else { tuning(block) }
}

/// Checks that the features which a manifest asks for exist.
fn dependencies(block: &Block) -> Option<String> {
    let table: toml::Table = match block.text.parse() {
        Ok(table) => table,
        Err(error) => return Some(format!("is no TOML: {error}")),
    };
    let manifest = std::fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let manifest: toml::Table = manifest.parse().unwrap();
    let known = manifest["features"].as_table().unwrap();
    let asked = table.values().filter_map(|d| d.get("breakerbox")?.get("features")?.as_array());
    let mut names = asked.flatten().filter_map(toml::Value::as_str);
    let unknown = names.find(|feature| !known.contains_key(*feature));
    unknown.map(|feature| format!("asks for the unknown feature {feature}"))
}

/// Checks a tuning file as a program would.
fn tuning(block: &Block) -> Option<String> {
    let name = format!("{}-{}.toml", block.page.replace('/', "-"), block.line);
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&file, &block.text).unwrap();
    let checked = breakerbox::config::Source::new().file(file).check();
    checked.err().map(|mistakes| format!("has mistakes:\n{mistakes}"))
}

fn json(block: &Block) -> Option<String> {
    let texts = if block.kind() == "json" {
        vec![block.text.as_str()]
    } else {
        block.text.lines().collect()
    };
    let mut parsed = texts.into_iter().map(serde_json::from_str::<serde_json::Value>);
    parsed.find_map(Result::err).map(|error| format!("is no JSON: {error}"))
}

#[test]
fn every_block_is_tested_or_says_why_not() {
    let faults: Vec<_> = blocks()
        .iter()
        .filter_map(|block| {
            Some(format!("{}:{}: the block {}", block.page, block.line, fault(block)?))
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn blocks_that_nothing_holds_are_found() {
    for (text, says) in [
        ("```yaml\na: b\n```", "no test and no mark"),
        ("```sh\nls\n```", "no test and no mark"),
        ("<!-- untested: no -->\n```sh\nls\n```", "no reason"),
        ("<!-- run -->\n```yaml\na: b\n```", "does not go with the mark"),
        ("<!-- in: Cargo.toml -->\n```toml\n[nothing]\n```", "is not in"),
        ("<!-- in: none.txt -->\n```text\nx\n```", "is no file"),
        ("```rust\nlet a = 1;\n```", "is compiled by none"),
        ("```rust,ignore\nlet a = 1;\n```", "is ignored"),
        ("```toml\n[all]\ntreshold = 3\n```", "has mistakes"),
        ("```toml\n[dependencies]\nbreakerbox = { features = [\"none\"] }\n```", "unknown feature"),
        ("```json\n{\n```", "is no JSON"),
        ("```\nx\n```", "no test and no mark"),
    ] {
        let block = block::read("none.md", text).remove(0);
        let fault = fault(&block).unwrap_or_default();
        assert!(fault.contains(says), "{text}: {fault}");
    }
}
