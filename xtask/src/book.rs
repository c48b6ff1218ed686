//! Builds the book, and checks every link and anchor of it.

mod html;

use std::fs;
use std::path::{Path, PathBuf};

use crate::cargo::{self, Failure, cargo, root};
use crate::published;
use html::Page;

const BUILD: &str = "run --quiet --locked --manifest-path book/builder/Cargo.toml";
const TEST: &str = "test --quiet --locked --manifest-path book/builder/Cargo.toml";
const FORMAT: &str = "fmt --manifest-path book/builder/Cargo.toml --check";

/// Clippy compiles the builder, since a separate check would compile mdBook twice.
const CLIPPY: [(&str, &str); 2] =
    [("RUSTC_WORKSPACE_WRAPPER", "clippy-driver"), ("CLIPPY_ARGS", "-Dwarnings")];

/// Also runs the commands on the book's pages, which `cargo test --workspace` leaves out.
const COMMANDS: &str = "test -p book --test pages -- --include-ignored";

/// Builds the book, and returns its folder.
pub(crate) fn build() -> Result<PathBuf, Failure> {
    run(BUILD)?;
    Ok(root().join("target/book"))
}

fn run(arguments: &str) -> Result<(), Failure> {
    println!("== book: cargo {arguments}");
    let mut command = cargo(arguments);
    command.current_dir(root()).env("CARGO_TARGET_DIR", cargo::target());
    cargo::run(command.envs(CLIPPY))
}

/// Builds the book, checks its links, and runs the commands on its pages.
pub(crate) fn check() -> Result<(), Failure> {
    run(FORMAT)?;
    run(TEST)?;
    let folder = build()?;
    let pages = pages(&folder)?;
    let repository = published::packages()?;
    let repository = published::repository(&repository);
    let mut faults = Vec::new();
    let mut links = 0;
    for page in &pages {
        for link in &page.links {
            links += 1;
            let fault = fault(page, link, &pages, &folder, repository);
            faults.extend(fault.map(|fault| format!("{}: `{link}` {fault}", page.path.display())));
        }
    }
    println!("{} pages, {links} links", pages.len());
    if !faults.is_empty() {
        return Err(Failure::new(format!("the book has dead links:\n{}", faults.join("\n"))));
    }
    println!("== book: cargo {COMMANDS}");
    cargo::run(&mut cargo(COMMANDS))
}

/// Reads all pages of the built book.
fn pages(folder: &Path) -> Result<Vec<Page>, Failure> {
    let mut pages = Vec::new();
    for path in files(folder, "html")? {
        let text = fs::read_to_string(&path)
            .map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
        let path = path.strip_prefix(folder).unwrap_or(&path).to_path_buf();
        pages.push(Page::read(path, &text));
    }
    Ok(pages)
}

/// Returns the paths of all files below a folder that have an ending, sorted.
fn files(folder: &Path, ending: &str) -> Result<Vec<PathBuf>, Failure> {
    let fail = |error| Failure::new(format!("{}: {error}", folder.display()));
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.is_dir() {
            files.extend(self::files(&path, ending)?);
        } else if path.extension().is_some_and(|e| e == ending) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Says what is wrong with a link of a page, if anything is. Addresses of other sites are not asked.
fn fault(
    page: &Page,
    link: &str,
    pages: &[Page],
    folder: &Path,
    repository: &str,
) -> Option<String> {
    if let Some(rest) = link.strip_prefix(repository) {
        // The page's `Suggest an edit` leads to its source.
        let file = ["/blob/main/", "/edit/main/"].iter().find_map(|f| rest.strip_prefix(f));
        let file = file?.split('#').next().unwrap_or_default();
        let exists = root().join(file).exists();
        return (!exists).then(|| "leads to no file of the repository".to_owned());
    }
    if link.contains(':') {
        return None;
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let from = page.path.parent().unwrap_or(Path::new(""));
    // Links of the page for missing pages begin with the place of the site.
    let target = if path.is_empty() {
        page.path.clone()
    } else if let Some(absolute) = path.strip_prefix(html::SITE) {
        PathBuf::from(absolute)
    } else {
        html::normal(&page.base.clone().unwrap_or(from.to_path_buf()).join(path))
    };
    let target = if target.as_os_str().is_empty() { PathBuf::from("index.html") } else { target };
    if !folder.join(&target).is_file() {
        return Some(format!("leads to no file of the book ({})", target.display()));
    }
    let mut others = pages.iter().filter(|other| other.path == target);
    if anchor.is_empty() || others.all(|other| other.anchors.iter().any(|a| a == anchor)) {
        return None;
    }
    Some(format!("leads to no anchor: {} has no `{anchor}`", target.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(path: &str, text: &str) -> Page {
        Page::read(PathBuf::from(path), text)
    }

    /// Returns what is wrong with each link of `text`, which is a page in a folder of the book.
    fn faults(text: &str) -> Vec<Option<String>> {
        let folder = std::env::temp_dir().join(format!("breakerbox-book-{}", std::process::id()));
        fs::create_dir_all(folder.join("a")).unwrap();
        fs::write(folder.join("index.html"), "").unwrap();
        fs::write(folder.join("a/page.html"), "").unwrap();
        let page = page("a/page.html", text);
        let pages = [self::page("index.html", r#"<h1 id="top">"#), page.clone()];
        let fault = |link: &String| fault(&page, link, &pages, &folder, "https://host/us/it");
        let faults = page.links.iter().map(fault).collect();
        fs::remove_dir_all(folder).unwrap();
        faults
    }

    #[test]
    fn good_links_have_no_fault() {
        let text = r##"<p id="here"><a href="#here"> <a href="../index.html#top"> <img src="page.html">
            <a href="https://elsewhere.org/"> <a href="https://host/us/it/blob/main/Cargo.toml#a">"##;
        let faults = faults(text);
        assert_eq!(faults, vec![None; 5]);
    }

    #[test]
    fn dead_links_and_anchors_are_found() {
        let text = r##"<a href="#there"> <a href="../index.html#bottom"> <img src="none.png">
            <a href="https://host/us/it/blob/main/none.toml">"##;
        let faults = faults(text);
        assert!(faults.iter().all(Option::is_some), "{faults:?}");
    }
}
