//! Files in `tests/files/good` get no message; each other file in `tests/files` gets the text
//! beside it. `BLESS=1 cargo test -p breaker-config` writes the texts.
//!
//! `cargo xtask schema` runs a validator: the JSON Schema takes the files in `good` and refuses
//! those in `bad`. A schema cannot find the mistakes of the files in `together`.

use std::fs;
use std::path::{Path, PathBuf};

use breaker_config::{Mistakes, Place, Source};

/// Returns the paths of the TOML files in a folder of `tests/files`, sorted.
fn files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new("tests/files").join(folder);
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.filter(|path| path.extension().unwrap() == "toml").collect();
    files.sort();
    assert!(!files.is_empty());
    files
}

fn check(path: &Path) -> Result<(), Mistakes> {
    // Windows writes `\` for `/`, and the expected messages have `/`.
    let name = path.to_str().unwrap().replace('\\', "/");
    Source::new().file(name).check()
}

#[test]
fn good_files_are_taken() {
    for file in files("good") {
        assert_eq!(check(&file), Ok(()), "{}", file.display());
    }
}

#[test]
fn every_mistake_of_a_bad_file_is_shown_at_its_place() {
    for file in [files("bad"), files("together")].concat() {
        let mistakes = check(&file).expect_err("a bad file");
        let said = format!("{mistakes}\n");
        let beside = file.with_extension("txt");
        if std::env::var_os("BLESS").is_some() {
            fs::write(&beside, &said).unwrap();
        }
        let expected = fs::read_to_string(&beside).unwrap_or_default();
        assert_eq!(said, expected, "{}", file.display());
        let places = mistakes.list().iter().map(|mistake| match mistake.place() {
            Place::File { line, .. } => *line,
            other => panic!("{other}"),
        });
        assert!(places.is_sorted() || file.ends_with("pairs.toml"), "{said}");
    }
}

#[test]
fn schema_file_is_the_schema() {
    let schema = breaker_config::schema();
    let path = "breakerbox.schema.json";
    if std::env::var_os("BLESS").is_some() {
        fs::write(path, &schema).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap_or_default(), schema);
}
