//! The compiler and clippy say of a program with the attribute as much as without it,
//! word for word and at the same places.

pub mod pedantic;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// Returns the manifest of the package `subject`.
fn manifest() -> String {
    format!(
        r#"
[package]
name = "subject"
version = "0.0.0"
edition = "2024"
[lib]
path = {subject:?}
[features]
guarded = []
[dependencies]
async-trait = "0.1"
breakerbox = {{ path = {ROOT:?} }}
tracing = {{ version = "0.1", default-features = false, features = ["attributes", "std"] }}
[workspace]
"#,
        subject = Path::new(ROOT).join("tests/lints/subject/lib.rs").display().to_string(),
    )
}

/// Returns every warning, with its place and its suggestion.
fn warnings(features: &[&str]) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("lints");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("Cargo.toml"), manifest()).unwrap();
    // The versions that everything else here is built with.
    fs::copy(Path::new(ROOT).join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    let has_clippy = Command::new("cargo").args(["clippy", "--version"]).output();
    let check = match has_clippy {
        Ok(output) if output.status.success() => "clippy",
        _ => "check",
    };
    let output = Command::new("cargo")
        .args([check, "--message-format=json", "--quiet"])
        .args(features)
        .current_dir(&folder)
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env_remove("RUSTFLAGS")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{said}\n{}", String::from_utf8_lossy(&output.stderr));
    said.lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|said| said["reason"] == "compiler-message" && said["target"]["name"] == "subject")
        .map(|said| describe(&said["message"]))
        .filter(|said| !said.contains(" warnings emitted"))
        .collect()
}

fn describe(message: &Value) -> String {
    let place = |span: &Value| {
        let number = |key: &str| span[key].as_u64().unwrap_or_default();
        format!(
            "{}:{}:{}-{}:{} {}",
            span["file_name"].as_str().unwrap_or_default(),
            number("line_start"),
            number("column_start"),
            number("line_end"),
            number("column_end"),
            span["suggested_replacement"].as_str().unwrap_or_default(),
        )
    };
    let spans = message["spans"].as_array().into_iter().flatten();
    let places: Vec<_> = spans.filter(|span| span["is_primary"] == true).map(place).collect();
    let children = message["children"].as_array().into_iter().flatten();
    let help: Vec<_> = children
        .filter(|child| child["level"] == "help")
        .flat_map(|child| child["spans"].as_array().cloned().unwrap_or_default())
        .map(|span| place(&span))
        .collect();
    let code = message["code"]["code"].as_str().unwrap_or_default();
    format!("{places:?} {code}: {} {help:?}", message["message"].as_str().unwrap_or_default())
}

/// A guarded function needs its `Result`, as a rejection is an `Err`, and cannot be `const`. The
/// last expression of an async body is no longer that of a function.
const NO_LONGER_TRUE: [&str; 4] = [
    "clippy::unnecessary_wraps",
    "clippy::missing_const_for_fn",
    "clippy::implicit_return",
    "clippy::needless_return",
];

fn is_no_longer_true(said: &str) -> bool {
    NO_LONGER_TRUE.iter().any(|lint| said.contains(lint))
}

/// [MAC-044] [MAC-113] [MAC-114] [MAC-115] [MAC-116]
#[test]
fn attribute_adds_no_warning_and_loses_none() {
    let plain = warnings(&[]);
    let guarded = warnings(&["--features=guarded"]);
    let added: Vec<_> = guarded.difference(&plain).collect();
    let lost: Vec<_> = plain.difference(&guarded).filter(|said| !is_no_longer_true(said)).collect();
    assert!(added.is_empty() && lost.is_empty(), "added: {added:#?}\nlost: {lost:#?}");
    assert!(plain.len() > 60, "{}: the subject has enough to complain of", plain.len());
}
