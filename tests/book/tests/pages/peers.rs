//! The tables of `coming-from.md` and the attribute name the same key for a word of another
//! library.

use std::fs;

use breaker_core::written::foreign::{self, Meaning};

use crate::block::root;

/// Returns the words in backticks at the beginning of each piece of code, in snake case.
fn words(cell: &str) -> Vec<String> {
    let code = cell.split('`').skip(1).step_by(2);
    code.map(|code| {
        let word = code.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or("");
        snake(word)
    })
    .collect()
}

fn snake(word: &str) -> String {
    let mut snake = String::new();
    for c in word.chars() {
        if c.is_uppercase() && !snake.is_empty() && !snake.ends_with('_') {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}

#[test]
fn tables_and_compiler_agree_about_foreign_words() {
    let page = fs::read_to_string(root().join("book/src/coming-from.md")).unwrap();
    let mut known = 0;
    for row in page.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = row.split('|').skip(1);
        let there = cells.next().unwrap();
        let here: String = cells.collect();
        for word in words(there) {
            let meaning = foreign::meanings().find(|(foreign, _)| *foreign == word);
            // A key of ours has its own meaning, and an advice is no key.
            let Some((_, Meaning::Key(key))) = meaning else { continue };
            known += 1;
            assert!(here.contains(&format!("`{key}")), "`{word}` is `{key}` here:\n{row}");
        }
    }
    assert!(known > 40, "{known}");
}

#[test]
fn word_is_read_in_snake_case() {
    assert_eq!(
        words(" `failureRateThreshold(50)`, `IsSuccessful` "),
        ["failure_rate_threshold", "is_successful"]
    );
    assert_eq!(words(" plain "), Vec::<String>::new());
}
