//! Compares the public items of packages with the lists in the folder `public`, which are part of
//! the repository: a change of what users see shows in a diff.
//!
//! `cargo xtask api` has rustdoc write its JSON, and then starts this program with the folder of
//! the JSON and the names of the packages. With `BLESS=1` it writes the lists.

mod compare;
mod items;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use compare::difference;
use items::Names;

const LISTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/public");

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let json = words.next().unwrap_or_default();
    let packages: Vec<String> = words.collect();
    let faults = match check(Path::new(&json), &packages) {
        Ok(faults) => faults,
        Err(failure) => vec![failure],
    };
    for fault in &faults {
        eprintln!("{fault}");
    }
    if faults.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Returns what differs from the lists.
fn check(json: &Path, packages: &[String]) -> Result<Vec<String>, String> {
    if packages.is_empty() {
        return Err("usage: api FOLDER_OF_JSON PACKAGE...; `cargo xtask api` calls it".to_owned());
    }
    let lists = read(json, packages)?;
    if std::env::var_os("BLESS").is_some() {
        bless(packages, &lists)?;
    }
    let mut faults = Vec::new();
    for (package, lines) in packages.iter().zip(&lists) {
        let file = Path::new(LISTS).join(format!("{package}.txt"));
        let listed = fs::read_to_string(&file).unwrap_or_default();
        println!("{package}: {} public items", lines.len());
        let changes = difference(listed.lines(), lines.iter().map(String::as_str));
        if !changes.is_empty() {
            faults.push(format!("{package}: tests/api/public/{package}.txt lists other items:"));
            faults.extend(changes);
        }
    }
    faults.extend(strangers(packages)?);
    if !faults.is_empty() {
        faults.push(
            "A line with `-` is an item that users may need: its loss breaks their programs. If \
             the change is meant, `BLESS=1 cargo xtask api` writes the lists anew; commit them \
             with the change, and tell users in CHANGELOG.md."
                .to_owned(),
        );
    }
    Ok(faults)
}

/// Reads the public items of each package.
fn read(json: &Path, packages: &[String]) -> Result<Vec<Vec<String>>, String> {
    let mut lists = Vec::new();
    for package in packages {
        let file = json.join(format!("{}.json", package.replace('-', "_")));
        lists.push(items::read(&file).map_err(|why| format!("{}: {why}", file.display()))?);
    }
    let names = Names::new(packages, &lists);
    let lists = packages.iter().zip(&lists);
    Ok(lists.map(|(package, lines)| names.shorten(package, lines)).collect())
}

fn bless(packages: &[String], lists: &[Vec<String>]) -> Result<(), String> {
    for (package, lines) in packages.iter().zip(lists) {
        let file = Path::new(LISTS).join(format!("{package}.txt"));
        fs::write(&file, lines.join("\n") + "\n")
            .map_err(|why| format!("{}: {why}", file.display()))?;
    }
    Ok(())
}

/// Names the lists that belong to no package.
fn strangers(packages: &[String]) -> Result<Vec<String>, String> {
    let known: BTreeSet<String> = packages.iter().map(|name| format!("{name}.txt")).collect();
    let files = fs::read_dir(LISTS).map_err(|why| format!("{LISTS}: {why}"))?;
    let names = files.filter_map(|file| file.ok()?.file_name().into_string().ok());
    let strange = names.filter(|name| !known.contains(name));
    Ok(strange
        .map(|name| format!("tests/api/public/{name} belongs to no package: remove it"))
        .collect())
}
