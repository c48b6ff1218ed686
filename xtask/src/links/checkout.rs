//! The files of the repository, and what is wrong with a link to one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path};
use std::process::Command;

use super::markdown::{self, Link};
use crate::cargo::{self, root};
use crate::published::packages;

/// Behind the repository's address, these lead to files of the branch.
const FILES: [&str; 3] = ["/raw/main/", "/blob/main/", "/tree/main/"];
const FILES_OF_ANY_BRANCH: [&str; 3] = ["/raw/", "/blob/", "/tree/"];

/// The place where a link stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A page that is read in the repository alone.
    OfRepository,
    /// A page that registries show too.
    OfPackage,
    /// Documentation of a crate. Rustdoc checks its links to items.
    Documentation,
}

pub(crate) struct Checkout {
    repository: String,
    /// The files that git tracks, relative to the root.
    files: BTreeSet<String>,
    /// The pages of packages among them.
    of_packages: BTreeSet<String>,
}

impl Checkout {
    pub(crate) fn new(repository: &str) -> Self {
        let list = cargo::read(Command::new("git").arg("ls-files").current_dir(root())).unwrap();
        let page = |manifest: &str| {
            let page = Path::new(manifest).with_file_name("README.md");
            page.strip_prefix(root()).unwrap().display().to_string()
        };
        let packages = packages().unwrap();
        Checkout {
            repository: repository.to_owned(),
            files: list.lines().map(str::to_owned).collect(),
            of_packages: packages.iter().map(|p| page(p.text("manifest_path"))).collect(),
        }
    }

    /// The pages of Markdown.
    pub(crate) fn pages(&self) -> impl Iterator<Item = &str> {
        self.with_ending("md")
    }

    /// The files of Rust.
    pub(crate) fn sources(&self) -> impl Iterator<Item = &str> {
        self.with_ending("rs")
    }

    fn with_ending(&self, end: &'static str) -> impl Iterator<Item = &str> {
        self.files.iter().map(String::as_str).filter(move |file| ending(file) == end)
    }

    pub(crate) fn kind(&self, page: &str) -> Kind {
        if self.of_packages.contains(page) {
            Kind::OfPackage
        } else if page.starts_with("breaker-") && page.contains("/src/") {
            Kind::Documentation
        } else {
            Kind::OfRepository
        }
    }

    /// Says what is wrong with a link, if anything is.
    pub(crate) fn fault(&self, page: &str, kind: Kind, link: &Link) -> Option<&'static str> {
        let (path, anchor) = link.target.split_once('#').unwrap_or((&link.target, ""));
        if let Some(behind) = path.strip_prefix(&self.repository) {
            if let Some(file) = FILES.iter().find_map(|files| behind.strip_prefix(files)) {
                if link.is_picture && !behind.starts_with("/raw/") {
                    return Some("is a picture, which needs `/raw/main/`");
                }
                return self.fault_of_file(file, anchor);
            }
            let is_file = FILES_OF_ANY_BRANCH.iter().any(|files| behind.starts_with(files));
            return is_file.then_some("does not lead to the branch `main`");
        }
        if self.is_of_namesake(path) {
            return Some("does not begin with the repository's address");
        }
        if path.contains("://") || path.starts_with("mailto:") {
            return None;
        }
        match kind {
            Kind::Documentation if has_ending_of_file(path) => {
                Some("is relative, and leads to no file on docs.rs")
            }
            Kind::Documentation => None,
            _ if path.is_empty() => self.fault_of_file(page, anchor),
            Kind::OfPackage => Some("is relative, on the page of a package"),
            Kind::OfRepository => match joined(page, path) {
                Some(file) => self.fault_of_file(&file, anchor),
                None => Some("leads out of the repository"),
            },
        }
    }

    /// Returns true for files of a repository with our name at another address.
    fn is_of_namesake(&self, path: &str) -> bool {
        let name = self.repository.rsplit('/').next().unwrap_or_default();
        FILES_OF_ANY_BRANCH.iter().any(|files| path.contains(&format!("/{name}{files}")))
    }

    fn fault_of_file(&self, file: &str, anchor: &str) -> Option<&'static str> {
        let file = file.trim_end_matches('/');
        let folder = format!("{file}/");
        let is_folder = file.is_empty() || self.files.iter().any(|f| f.starts_with(&folder));
        if !is_folder && !self.files.contains(file) {
            return Some("leads to no file that git tracks");
        }
        if anchor.is_empty() {
            return None;
        }
        let text = fs::read_to_string(root().join(file)).unwrap_or_default();
        let leads_to_line = || {
            let line = anchor.strip_prefix('L').and_then(|number| number.parse().ok());
            line.is_some_and(|line: usize| (1..=text.lines().count()).contains(&line))
        };
        let is_found = if ending(file) == "md" {
            markdown::read(&text).anchors.contains(anchor)
        } else {
            leads_to_line()
        };
        (!is_found).then_some("leads to no heading or line of that file")
    }
}

fn has_ending_of_file(path: &str) -> bool {
    ["json", "lua", "md", "png", "rs", "svg", "toml", "yml"].contains(&ending(path))
}

fn ending(path: &str) -> &str {
    Path::new(path).extension().and_then(|end| end.to_str()).unwrap_or_default()
}

/// Returns the path from the root of what a page calls by a relative path.
fn joined(page: &str, path: &str) -> Option<String> {
    let mut names: Vec<&str> = page.split('/').collect();
    names.pop();
    for part in Path::new(path).components() {
        match part {
            Component::ParentDir => _ = names.pop()?,
            Component::Normal(name) => names.push(name.to_str()?),
            Component::CurDir => {}
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(names.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(kind: Kind, target: &str, is_picture: bool) -> Option<&'static str> {
        let checkout = Checkout::new("https://host/us/it");
        checkout.fault("docs/performance.md", kind, &Link { target: target.to_owned(), is_picture })
    }

    #[test]
    fn good_links_pass() {
        for (kind, target, is_picture) in [
            (Kind::OfPackage, "https://host/us/it/blob/main/Cargo.toml#L1", false),
            (Kind::OfPackage, "https://host/us/it/tree/main/docs", false),
            (Kind::OfPackage, "https://host/us/it/raw/main/docs/outage.svg", true),
            (Kind::OfPackage, "https://host/us/it/blob/main/CONTRIBUTING.md#packages", false),
            (Kind::OfPackage, "https://host/us/it/issues", false),
            (Kind::OfPackage, "https://elsewhere.org/us/blob/main/they", false),
            (Kind::OfRepository, "../CONTRIBUTING.md#how-to-change-it", false),
            (Kind::OfRepository, "clients.md", false),
            (Kind::OfRepository, "mailto:us@host", false),
            (Kind::Documentation, "crate::Breaker#examples", false),
            (Kind::Documentation, "https://host/us/it/blob/main/docs/performance.md", false),
        ] {
            assert_eq!(fault(kind, target, is_picture), None, "{target}");
        }
    }

    #[test]
    fn bad_links_are_found() {
        for (kind, target, is_picture) in [
            (Kind::OfPackage, "https://host/us/it/blob/main/no.toml", false),
            (Kind::OfPackage, "https://host/us/it/blob/main/Cargo.toml#L99999", false),
            (Kind::OfPackage, "https://host/us/it/blob/main/CONTRIBUTING.md#no-heading", false),
            (Kind::OfPackage, "https://host/us/it/blob/main/docs/outage.svg", true),
            (Kind::OfPackage, "https://host/us/it/raw/main/docs/no.svg", true),
            (Kind::OfPackage, "https://host/us/it/blob/master/Cargo.toml", false),
            (Kind::OfPackage, "https://host/they/it/blob/main/Cargo.toml", false),
            (Kind::OfPackage, "../Cargo.toml", false),
            (Kind::OfRepository, "../no.toml", false),
            (Kind::OfRepository, "../../Cargo.toml", false),
            (Kind::OfRepository, "../target", false),
            (Kind::OfRepository, "#no-heading", false),
            (Kind::OfRepository, "../CONTRIBUTING.md#no-heading", false),
            (Kind::Documentation, "../docs/performance.md", false),
            (Kind::Documentation, "https://host/us/it/blob/main/docs/no.md", false),
        ] {
            assert!(fault(kind, target, is_picture).is_some(), "{target}");
        }
    }
}
