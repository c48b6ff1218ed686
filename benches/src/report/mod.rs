//! The findings, for people to read: tables, pictures, a page.

mod budget;
mod cell;
mod chart;
mod machine;
mod page;
mod peers;
mod table;
mod tables;
mod versions;

use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};

use crate::case;
use crate::case::Case;
use crate::costs::Costs;
use crate::findings::Findings;

/// Prints all tables, and writes the page and its pictures into `docs`.
pub(crate) fn write(
    cases: &[Case],
    sources: &[PathBuf],
    cost: &Path,
    docs: &Path,
) -> Result<(), Box<dyn Error>> {
    let mut findings = Findings::default();
    for source in sources {
        findings.read(source)?;
    }
    let page = page::write(cases, &findings, &Costs::read(cost)?)?;
    println!("{page}");

    fs::create_dir_all(docs).map_err(|error| format!("{}: {error}", docs.display()))?;
    save(&docs.join("performance.md"), &page)?;
    for way in case::Path::ALL {
        let name = format!("performance-{way}.svg");
        save(&docs.join(name), &chart::draw(cases, &findings, way)?)?;
    }
    Ok(())
}

fn save(path: &Path, text: &str) -> Result<(), String> {
    fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()))?;
    println!("wrote {}", path.display());
    Ok(())
}
