//! Programs that Debian's packages have.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::cargo::{self, Failure};

/// Installs the packages, if one of the programs is missing and Debian's packages can be had.
pub(crate) fn install(programs: &[&str], packages: &[&str]) -> Result<(), Failure> {
    let missing: Vec<_> = programs.iter().copied().filter(|program| !starts(program)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let needed = format!("{} missing", missing.join(" and "));
    let packages_text = packages.join(" ");
    if !starts("apt-get") || !is_root()? {
        return Err(Failure::new(format!("{needed}: as root, `apt-get install {packages_text}`")));
    }
    println!("== {needed}: apt-get install {packages_text}");
    let apt_get = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        cargo::run(command.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq").args(arguments))
    };
    apt_get(&["update"])?;
    apt_get(&[&["install", "-y", "--no-install-recommends"], packages].concat())
}

/// Unpacks the packages that lie in a folder into another one, without installing them, and removes
/// their archives.
pub(crate) fn unpack(archives: &Path, into: &Path) -> Result<(), Failure> {
    let failed = |error: std::io::Error| Failure::new(format!("{}: {error}", archives.display()));
    let is_package = |path: &PathBuf| path.extension().is_some_and(|end| end == "deb");
    let files = std::fs::read_dir(archives).map_err(failed)?;
    let packages: Vec<_> =
        files.filter_map(|file| Some(file.ok()?.path())).filter(is_package).collect();
    if packages.is_empty() {
        return Err(Failure::new("apt-get has downloaded nothing"));
    }
    for package in packages {
        cargo::run(Command::new("dpkg-deb").arg("--extract").arg(&package).arg(into))?;
        std::fs::remove_file(package).map_err(failed)?;
    }
    Ok(())
}

/// Returns true if the program can be started.
fn starts(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn is_root() -> Result<bool, Failure> {
    Ok(cargo::read(Command::new("id").arg("-u"))?.trim() == "0")
}
