//! Rewrites the links of pages to files of the repository.

use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use mdbook_driver::book::Book;
use mdbook_driver::errors::{Error, Result};
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

/// The folder of the built book that has copies of the repository's pictures.
pub(crate) const PICTURES: &str = "pictures";

const ENDINGS: [&str; 3] = ["svg", "png", "webp"];

/// A preprocessor, which mdBook runs after it has included files.
pub(crate) struct Pages {
    /// The folder of the pages.
    source: PathBuf,
    root: PathBuf,
    /// Behind it come paths from the root of the repository.
    address: String,
    pictures: Arc<Mutex<Vec<PathBuf>>>,
}

impl Pages {
    /// Puts the pictures that pages show into `pictures`.
    ///
    /// # Errors
    ///
    /// `book/book.toml` has no address of the repository.
    pub(crate) fn new(book: &Path, pictures: Arc<Mutex<Vec<PathBuf>>>) -> Result<Self> {
        let config = mdbook_driver::config::Config::from_disk(book.join("book.toml"))?;
        let repository = config
            .html_config()
            .and_then(|html| html.git_repository_url)
            .ok_or_else(|| Error::msg("book.toml has no `output.html.git-repository-url`"))?;
        let root = book.parent().unwrap_or(book).to_path_buf();
        let address = format!("{repository}/blob/main");
        Ok(Pages { source: book.join("src"), root, address, pictures })
    }

    /// Returns the page with its links rewritten. `page` is its path from `book/src`.
    fn rewrite(&self, page: &Path, text: &str) -> String {
        let mut is_code = false;
        let mut rewritten = String::with_capacity(text.len());
        for line in text.split_inclusive('\n') {
            let is_fence = line.trim_start().starts_with("```");
            is_code ^= is_fence;
            if is_code || is_fence {
                rewritten.push_str(line);
            } else {
                self.rewrite_line(page, line, &mut rewritten);
            }
        }
        rewritten
    }

    fn rewrite_line(&self, page: &Path, line: &str, rewritten: &mut String) {
        let mut parts = line.split("](");
        rewritten.push_str(parts.next().unwrap_or_default());
        for part in parts {
            rewritten.push_str("](");
            match part
                .split_once(')')
                .and_then(|(target, rest)| Some((self.target(page, target)?, rest)))
            {
                Some((target, rest)) => {
                    rewritten.push_str(&target);
                    rewritten.push(')');
                    rewritten.push_str(rest);
                }
                None => rewritten.push_str(part),
            }
        }
    }

    /// Returns the target in the built book if `target` leads to a file outside of the book.
    fn target(&self, page: &Path, target: &str) -> Option<String> {
        if target.contains("://") || target.starts_with(['#', '/']) {
            return None;
        }
        let (path, anchor) = target.split_at(target.find('#').unwrap_or(target.len()));
        let beside = self.source.join(page).parent()?.join(path);
        // Text that a page includes from `docs` has links that are relative to `docs`.
        let file = [beside, self.root.join("docs").join(path)]
            .into_iter()
            .map(|file| normal(&file))
            .find(|file| file.exists())?;
        if file.starts_with(&self.source) {
            return None;
        }
        let from_root = file.strip_prefix(&self.root).ok()?.to_str()?.replace('\\', "/");
        if !file.extension().is_some_and(|e| ENDINGS.iter().any(|ending| e == *ending)) {
            return Some(format!("{}/{from_root}{anchor}", self.address));
        }
        let up = "../".repeat(page.components().count() - 1);
        let copy = format!("{up}{PICTURES}/{}", file.file_name()?.to_str()?);
        self.pictures.lock().unwrap_or_else(PoisonError::into_inner).push(file);
        Some(copy)
    }
}

impl Preprocessor for Pages {
    fn name(&self) -> &'static str {
        "pages"
    }

    fn run(&self, _: &PreprocessorContext, mut book: Book) -> Result<Book> {
        book.for_each_chapter_mut(|chapter| {
            if let Some(page) = &chapter.source_path {
                chapter.content = self.rewrite(page, &chapter.content);
            }
        });
        Ok(book)
    }
}

/// Returns the path without `..`, whether the file exists or not.
fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages() -> Pages {
        let book = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        Pages::new(book, Arc::default()).unwrap()
    }

    fn rewritten(page: &str, text: &str) -> String {
        pages().rewrite(Path::new(page), text)
    }

    #[test]
    fn file_of_the_repository_is_found_on_the_code_host() {
        let said = rewritten("a.md", "[it](../../README.md#tests)");
        assert_eq!(said, format!("[it]({}/README.md#tests)", pages().address));
    }

    #[test]
    fn picture_is_copied_and_found_from_a_folder() {
        let pages = pages();
        let said =
            pages.rewrite(Path::new("simulator/a.md"), "![it](../../../docs/outage.svg), so");
        assert_eq!(said, "![it](../pictures/outage.svg), so");
        assert!(pages.pictures.lock().unwrap()[0].ends_with("docs/outage.svg"));
    }

    #[test]
    fn link_of_included_text_is_relative_to_docs() {
        assert_eq!(rewritten("a.md", "![it](outage.svg)"), "![it](pictures/outage.svg)");
    }

    #[test]
    fn links_inside_the_book_and_code_are_left_alone() {
        let text = "[a](README.md) [b](#c) [d](https://host/e) [f](none.md)\n```\n[g](../../README.md)\n```\n";
        assert_eq!(rewritten("h.md", text), text);
    }
}
