//! Builds the book in `book/` by mdBook, and fails on its warnings. `cargo xtask book` runs it.
//!
//! Pages refer to the repository's files by relative paths, so that they also work on a code host
//! and in an editor. In the built book such a link leads to the code host, and such a picture to a
//! copy in the book.

mod pages;
mod warnings;

use std::path::Path;
use std::process::ExitCode;
use std::sync::{Arc, Mutex};
use std::{fs, io};

use mdbook_driver::MDBook;
use mdbook_driver::errors::{Error, Result};

use pages::{PICTURES, Pages};
use warnings::Warnings;

fn main() -> ExitCode {
    match build() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("book: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn build() -> Result<()> {
    let warnings = Warnings::listen();
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize()?;
    let pictures = Arc::new(Mutex::new(Vec::new()));
    let mut builder = MDBook::load(&book)?;
    builder.with_preprocessor(Pages::new(&book, Arc::clone(&pictures))?);
    builder.build()?;
    let output = builder.build_dir_for("html");
    let pictures = pictures.lock().map_err(|error| Error::msg(error.to_string()))?;
    copy(&pictures, &output.join(PICTURES))?;
    println!("book: {}", output.join("index.html").display());
    let said = warnings.text();
    if said.is_empty() { Ok(()) } else { Err(Error::msg(format!("mdBook warns:\n{said}"))) }
}

/// Copies files of the repository into the book.
fn copy(pictures: &[std::path::PathBuf], folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    for picture in pictures {
        fs::copy(picture, folder.join(picture.file_name().unwrap_or_default()))?;
    }
    Ok(())
}
