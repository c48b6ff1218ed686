//! Holds the links of the repository's pages and of the crates' documentation to its files. Pages of
//! packages and documentation are read outside of the repository too, where a relative link leads
//! nowhere: their links begin with the repository's address, which is mapped to the checkout.

mod checkout;
mod markdown;
mod source;

use std::fs;
use std::path::Path;

use crate::cargo::root;
use crate::published::{self, packages};
use checkout::{Checkout, Kind};

/// The most lines of the repository's README.
const MOST_LINES: usize = 250;

fn checkout() -> Checkout {
    let packages = packages().unwrap();
    Checkout::new(published::repository(&packages))
}

#[test]
fn links_of_pages_lead_to_files_and_headings() {
    let checkout = checkout();
    let mut faults = Vec::new();
    let mut links = 0;
    for page in checkout.pages() {
        let text = fs::read_to_string(root().join(page)).unwrap();
        for link in markdown::read(&text).links {
            links += 1;
            let fault = checkout.fault(page, checkout.kind(page), &link);
            faults.extend(fault.map(|fault| format!("{page}: `{}` {fault}", link.target)));
        }
    }
    assert!(links > 20, "{links}");
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn links_of_documentation_lead_to_files() {
    let checkout = checkout();
    let mut faults = Vec::new();
    let mut links = 0;
    for file in checkout.sources() {
        let text = fs::read_to_string(root().join(file)).unwrap();
        for block in source::documentation(&text) {
            for link in markdown::read(&block).links {
                links += 1;
                let fault = checkout.fault(file, Kind::Documentation, &link);
                faults.extend(fault.map(|fault| format!("{file}: `{}` {fault}", link.target)));
            }
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
