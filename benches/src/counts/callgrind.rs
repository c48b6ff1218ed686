//! Runs this program under callgrind.

use std::env;
use std::error::Error;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::process::{self, Command};

use super::profile::Profile;

/// The only function that is counted: neither the start of the program nor that of a case is.
const MEASURED: &str = "breaker_bench::case::measured*";

pub(super) struct Callgrind {
    program: PathBuf,
    out: PathBuf,
}

impl Callgrind {
    /// `None` without valgrind.
    pub(super) fn new() -> Result<Option<Self>, Box<dyn Error>> {
        match Command::new("valgrind").arg("--version").output() {
            Ok(output) if output.status.success() => {}
            Ok(output) => return Err(format!("`valgrind --version`: {}", output.status).into()),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(format!("valgrind does not start: {error}").into()),
        }
        let out = env::temp_dir().join(format!("breaker-bench-{}.callgrind", process::id()));
        Ok(Some(Callgrind { program: env::current_exe()?, out }))
    }

    /// The profile of `calls` calls of a case.
    pub(super) fn profile(&self, case: &str, calls: u64) -> Result<Profile, Box<dyn Error>> {
        let output = Command::new("valgrind")
            .args(["--tool=callgrind", "--dump-instr=yes"])
            .args(["--compress-strings=no", "--compress-pos=no"])
            .arg(format!("--toggle-collect={MEASURED}"))
            .arg(format!("--callgrind-out-file={}", self.out.display()))
            .arg(&self.program)
            .args(["run", case, &calls.to_string()])
            .output()?;
        if !output.status.success() {
            let complaint = String::from_utf8_lossy(&output.stderr);
            return Err(format!("callgrind on `{case}`: {}\n{complaint}", output.status).into());
        }
        let text = fs::read_to_string(&self.out)?;
        Ok(Profile::parse(&text)?)
    }
}

impl Drop for Callgrind {
    fn drop(&mut self) {
        // The file may be missing, if nothing was measured.
        let _ = fs::remove_file(&self.out);
    }
}
