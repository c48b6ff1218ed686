//! The fenced blocks of the book's pages.

use std::fs;
use std::path::{Path, PathBuf};

/// One fenced block.
pub(crate) struct Block {
    /// The path of its page from `book/src`.
    pub(crate) page: String,
    /// The number of the line of its fence, from 1.
    pub(crate) line: usize,
    /// The words behind the opening fence.
    pub(crate) info: String,
    /// The comment on the line before it.
    comment: Option<String>,
    pub(crate) text: String,
}

impl Block {
    /// Returns the language.
    pub(crate) fn kind(&self) -> &str {
        self.info.split(',').next().unwrap_or_default()
    }

    /// Returns the mark, as its word and the text behind a colon.
    pub(crate) fn mark(&self) -> Option<(&str, &str)> {
        let comment = self.comment.as_deref()?;
        let (word, text) = comment.split_once(':').unwrap_or((comment, ""));
        Some((word.trim(), text.trim()))
    }
}

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).unwrap()
}

/// Returns all fenced blocks of the book.
pub(crate) fn blocks() -> Vec<Block> {
    let source = root().join("book/src");
    let mut pages = pages(&source);
    pages.sort();
    let blocks = pages.iter().flat_map(|path| {
        let page = path.strip_prefix(&source).unwrap().to_str().unwrap().replace('\\', "/");
        read(&page, &fs::read_to_string(path).unwrap())
    });
    blocks.collect()
}

fn pages(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { pages(&path) } else { vec![path] })
        .filter(|path| path.extension().is_some_and(|ending| ending == "md"))
        .collect()
}

/// Returns the fenced blocks of one page.
pub(crate) fn read(page: &str, text: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut is_inside = false;
    let mut before = "";
    for (number, line) in text.lines().enumerate() {
        let fence = line.trim_start().strip_prefix("```");
        is_inside ^= fence.is_some();
        match (fence, blocks.last_mut()) {
            (Some(info), _) if is_inside => {
                let comment = before.trim().strip_prefix("<!--");
                let comment = comment.and_then(|comment| comment.strip_suffix("-->"));
                blocks.push(Block {
                    page: page.to_owned(),
                    line: number + 1,
                    info: info.trim().to_owned(),
                    comment: comment.map(|comment| comment.trim().to_owned()),
                    text: String::new(),
                });
            }
            (None, Some(block)) if is_inside => {
                block.text.push_str(line);
                block.text.push('\n');
            }
            _ => {}
        }
        before = line;
    }
    blocks
}
