//! Programs that Debian's packages have.

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

/// Returns true if the program can be started.
fn starts(program: &str) -> bool {
    let mut command = Command::new(program);
    command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn is_root() -> Result<bool, Failure> {
    Ok(cargo::read(Command::new("id").arg("-u"))?.trim() == "0")
}
