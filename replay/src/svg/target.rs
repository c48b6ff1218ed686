//! The file of the picture.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::args::Args;
use crate::failure::Failure;

/// The file of the picture, open from the start: a long replay does not end with a file that cannot
/// be written. Its contents stay until the picture is there.
#[derive(Debug)]
pub(crate) struct Target {
    file: File,
    path: PathBuf,
    /// True for a file that this run has made, and has not yet written.
    is_new: bool,
}

impl Target {
    /// Opens the file that `args` name, if any.
    ///
    /// # Errors
    /// It cannot be written, or is the log.
    pub(crate) fn open(args: &Args) -> Result<Option<Self>, Failure> {
        let Some(path) = &args.svg else { return Ok(None) };
        if !args.is_standard_input() && is_same(path, &args.log) {
            return Err(Failure::new(
                format!("the file of `--svg` is the log {}", args.shown()),
                "name another file, such as `--svg picture.svg`",
            ));
        }
        let is_new = !path.exists();
        let file = File::options().write(true).create(true).truncate(false).open(path);
        let file = file.map_err(|error| fail(path, &error))?;
        Ok(Some(Self { file, path: path.clone(), is_new }))
    }

    /// Writes the picture in the place of what the file had.
    ///
    /// # Errors
    /// It cannot be written.
    pub(crate) fn write(mut self, picture: &str) -> Result<(), Failure> {
        self.replace(picture).map_err(|error| fail(&self.path, &error))?;
        self.is_new = false;
        Ok(())
    }

    fn replace(&mut self, picture: &str) -> io::Result<()> {
        // Pipes and devices have no length.
        if self.file.metadata()?.is_file() {
            self.file.set_len(0)?;
        }
        self.file.write_all(picture.as_bytes())
    }
}

impl Drop for Target {
    /// Leaves no empty file behind.
    fn drop(&mut self) {
        if self.is_new {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn is_same(one: &Path, other: &Path) -> bool {
    // Files that are not there are not the same.
    matches!((one.canonicalize(), other.canonicalize()), (Ok(one), Ok(other)) if one == other)
}

fn fail(path: &Path, error: &io::Error) -> Failure {
    Failure::of_file("write", format!("`{}`", path.display()), error)
}
