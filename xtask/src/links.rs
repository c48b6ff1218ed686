//! Holds the links of the repository's pages to its files. Pages of packages are read outside of the
//! repository too, where a relative link leads nowhere: their links begin with its address.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::cargo::{self, root};
use crate::published::{self, packages};

/// The most lines of the repository's README.
const MOST_LINES: usize = 250;

/// Behind the repository's address, these lead to files of the branch.
const FILES: [&str; 3] = ["/raw/main/", "/blob/main/", "/tree/main/"];

/// The pages that people read as they are. Rustdoc checks the links of all others.
fn pages() -> Vec<String> {
    let mut command = Command::new("git");
    command.args(["ls-files", "*.md"]).current_dir(root());
    let list = cargo::read(&mut command).unwrap();
    let is_read = |page: &&str| !page.contains("/src/") || page.starts_with("book/src/");
    list.lines().filter(is_read).map(str::to_owned).collect()
}

/// The targets of links and pictures outside of code.
fn targets(page: &str) -> Vec<&str> {
    let mut is_code = false;
    let prose = page.lines().filter(|line| {
        is_code ^= line.trim_start().starts_with("```");
        !is_code
    });
    prose
        .flat_map(|line| line.split("](").skip(1).filter_map(|rest| rest.split_once(')')))
        .map(|(target, _)| target)
        .collect()
}

/// Says what is wrong with a link of a page, if anything is.
fn fault(page: &str, target: &str, repository: &str, is_of_package: bool) -> Option<&'static str> {
    let path = target.split('#').next().unwrap_or(target);
    let exists = |folder: &Path, path: &str| folder.join(path).exists();
    if let Some(place) = FILES.iter().find_map(|files| path.split_once(files)) {
        let (address, file) = place;
        if address != repository {
            return Some("does not begin with the repository's address");
        }
        return (!exists(root(), file)).then_some("leads to no file of the repository");
    }
    if path.is_empty() || path.contains("://") || path.starts_with("mailto:") {
        return None;
    }
    if is_of_package {
        return Some("is relative, on the page of a package");
    }
    let folder = root().join(page).parent().map(Path::to_path_buf).unwrap_or_default();
    (!exists(&folder, path)).then_some("leads to no file")
}

#[test]
fn links_lead_to_files() {
    let packages = packages().unwrap();
    let repository = published::repository(&packages);
    let of_packages: Vec<_> = packages
        .iter()
        .map(|p| Path::new(p.text("manifest_path")).with_file_name("README.md"))
        .collect();
    let mut faults = Vec::new();
    let mut links = 0;
    for page in pages() {
        let path = root().join(&page);
        let text = fs::read_to_string(&path).unwrap();
        for target in targets(&text) {
            links += 1;
            let fault = fault(&page, target, repository, of_packages.contains(&path));
            faults.extend(fault.map(|fault| format!("{page}: `{target}` {fault}")));
        }
    }
    assert!(links > 20, "{links}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

/// Only rustdoc hides lines that begin with `# `; a code host shows them.
#[test]
fn pages_of_packages_have_no_hidden_lines() {
    for package in packages().unwrap() {
        let page = Path::new(package.text("manifest_path")).with_file_name("README.md");
        let text = fs::read_to_string(&page).unwrap();
        let mut is_rust = false;
        for (number, line) in text.lines().enumerate() {
            if line.starts_with("```") {
                is_rust = line.starts_with("```rust");
            }
            let place = format!("{}:{}", page.display(), number + 1);
            assert!(!is_rust || !line.trim_start().starts_with("# "), "{place}: {line}");
        }
    }
}

#[test]
fn readme_is_short() {
    let lines = fs::read_to_string(root().join("README.md")).unwrap().lines().count();
    assert!(lines <= MOST_LINES, "{lines} lines, at most {MOST_LINES}");
}

#[test]
fn bad_links_are_found() {
    let fault =
        |target, is_of_package| fault("README.md", target, "https://host/us/it", is_of_package);
    assert_eq!(fault("https://host/us/it/blob/main/Cargo.toml", true), None);
    assert_eq!(fault("Cargo.toml#members", false), None);
    assert_eq!(fault("https://elsewhere.org/it", true), None);
    assert!(fault("https://host/us/it/blob/main/no.toml", true).is_some());
    assert!(fault("https://host/they/it/blob/main/Cargo.toml", true).is_some());
    assert!(fault("Cargo.toml", true).is_some());
    assert!(fault("no.toml", false).is_some());
}

#[test]
fn links_in_code_are_not_read() {
    assert_eq!(targets("[a](b) ![c](d)\n```\n[e](f)\n```\n[g](h#i)"), ["b", "d", "h#i"]);
}
