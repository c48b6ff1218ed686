//! The pages of messages have each message that a user can meet, and no other.
//!
//! Messages come from the compiler's output in `tests/ui`, from the snapshots of `breaker-config`, and from the string
//! literals of the sources that write errors and log records. On the pages they stand in blocks of the kind `message`,
//! with `…` for what differs from one time to the next.

use std::fs;

use crate::block::{blocks, root};

/// Sources of which every message must be on a page.
const SAID: [&str; 7] = [
    "breaker-core/src/error.rs",
    "breaker-core/src/registry/error.rs",
    "breaker-core/src/event/log.rs",
    "breaker-host/src/log.rs",
    "breaker-host/src/trouble.rs",
    "breaker-fleet/src/log.rs",
    "breaker-fleet/src/error.rs",
];

/// Sources whose messages are mixed with other texts: a page has some of them.
const ALSO: [&str; 3] = [
    "breaker-config/src/source.rs",
    "breaker-config/src/variables.rs",
    "breaker-config/src/watch.rs",
];

#[test]
fn each_message_has_an_entry_and_each_entry_is_a_message() {
    let entries = entries();
    let (said, also) = (said(), literals_of(&ALSO));
    assert!(entries.len() > 200 && said.len() > 300, "{} {}", entries.len(), said.len());
    let covers = |entry: &str, message: &String| matches(entry, message);
    let missing: Vec<_> =
        said.iter().filter(|message| !entries.iter().any(|e| covers(e, message))).collect();
    assert!(missing.is_empty(), "the pages lack these messages:\n{missing:#?}");
    let stale: Vec<_> = entries
        .iter()
        .filter(|entry| !said.iter().chain(&also).any(|message| covers(entry, message)))
        .collect();
    assert!(stale.is_empty(), "nothing says this any more:\n{stale:#?}");
}

#[test]
fn entry_stands_for_what_differs_and_for_nothing_else() {
    assert!(matches("error: `…` needs a value", "error: `key` needs a value"));
    assert!(!matches("error: `…` needs a value", "error: `` needs a value"));
    assert!(!matches("error: `…` needs a value", "error: `key` needs a value now"));
    assert!(!matches("error: `…` needs `…`", "error: `a` needs `b` and `c`"));
    assert!(matches("found … at …", "found 3 at the end"));
}

#[test]
fn literal_is_read_as_the_compiler_reads_it() {
    let source = r#"
        // "not this"
        let quote = '"';
        write!(f, "circuit breaker `{name}` is \
                   open, \"retry\" in {left:?}")
    "#;
    assert_eq!(literals(source), ["circuit breaker `x` is open, \"retry\" in x"]);
}

/// Returns the lines in the blocks of messages.
fn entries() -> Vec<String> {
    let messages = blocks().into_iter().filter(|block| block.kind() == "message");
    messages.flat_map(|block| block.text.lines().map(str::to_owned).collect::<Vec<_>>()).collect()
}

/// Returns all messages that the pages must have.
fn said() -> Vec<String> {
    let mut said = literals_of(&SAID);
    let snapshots =
        files("tests/ui", "stderr").into_iter().chain(files("breaker-config/tests/files", "txt"));
    for path in snapshots {
        let text = read(&path);
        let first = |line: &&str| line.starts_with("error") || line.starts_with("warning");
        said.extend(text.lines().filter(first).map(str::to_owned));
    }
    // The rules of a `Config` follow the name of the key.
    let configs = files("breaker-core/src/config", "rs").into_iter();
    for path in configs.filter(|path| !path.ends_with("tests.rs")) {
        let rules = literals(&read(&path)).into_iter();
        let rules = rules.filter(|rule| rule.starts_with("must ") || rule.starts_with("needs "));
        said.extend(rules.map(|rule| format!("error[E0080]: evaluation panicked: `x` {rule}")));
    }
    for path in files("breaker-core/src", "rs") {
        let text = read(&path);
        for rest in text.split("#[diagnostic::on_unimplemented(").skip(1) {
            let message = literals(rest).into_iter().next().expect("the message comes first");
            said.push(format!("error[E0277]: {message}"));
        }
    }
    // No test of the compiler's output turns a feature off.
    for path in files("breaker-macros/src/check", "rs") {
        let feature =
            literals(&read(&path)).into_iter().filter(|l| l.contains("needs the feature"));
        said.extend(feature.map(|literal| format!("error: {literal}")));
    }
    said
}

/// Returns whether `entry` is `message`, with `…` in the place of one or more characters other
/// than a backtick.
fn matches(entry: &str, message: &str) -> bool {
    let Some((before, after)) = entry.split_once('…') else { return entry == message };
    let Some(rest) = message.strip_prefix(before) else { return false };
    let ends = rest.char_indices().take_while(|(_, c)| *c != '`').map(|(at, c)| at + c.len_utf8());
    ends.into_iter().any(|end| matches(after, &rest[end..]))
}

fn literals_of(sources: &[&str]) -> Vec<String> {
    sources.iter().flat_map(|source| literals(&read(source))).collect()
}

/// Returns the lines of three words or more in a source's string literals, up to its tests, with an
/// `x` for each argument of a format.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]").next().unwrap_or_default();
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect::<String>()
        .replace("'\"'", "");
    let mut literals = Vec::new();
    let mut chars = code.chars();
    while chars.by_ref().any(|c| c == '"') {
        let literal = literal(&mut chars);
        let lines = literal.lines().filter(|line| line.split_whitespace().count() >= 3);
        literals.extend(lines.map(str::to_owned));
    }
    literals
}

/// Reads a literal up to its closing quote.
fn literal(chars: &mut std::str::Chars<'_>) -> String {
    let mut text = String::new();
    while let Some(c) = chars.next() {
        match c {
            '"' => break,
            '\\' => match chars.next() {
                Some('\n') => *chars = chars.as_str().trim_start().chars(),
                Some('n') => text.push('\n'),
                escaped => text.extend(escaped),
            },
            '{' => {
                let _ = chars.by_ref().find(|c| *c == '}');
                text.push('x');
            }
            other => text.push(other),
        }
    }
    text
}

/// Returns the paths of the files below a folder that have an ending, from the repository's root.
fn files(folder: &str, ending: &str) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(root().join(folder)).expect("a folder of the repository") {
        let path = entry.expect("an entry").path();
        let shown = path.strip_prefix(root()).expect("below the root").to_str().expect("UTF-8");
        if path.is_dir() {
            found.extend(files(shown, ending));
        } else if path.extension().is_some_and(|e| e == ending) {
            found.push(shown.to_owned());
        }
    }
    found.sort();
    found
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}
