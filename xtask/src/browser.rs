//! The page of `breaker-page` in a real Chromium.

use std::process::{Command, Stdio};

use crate::cargo::{self, Failure, cargo};

/// Debian's names of the browser, and of the program that steers it.
const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];
/// The programs that these packages install.
const PROGRAMS: [&str; 2] = ["chromium", "chromedriver"];

const TESTS: &str = "test -p browser --features chromium";
const PICTURES: &str = "run -p browser --features chromium --bin pictures";

/// Runs the tests of the package `browser`.
pub(crate) fn test() -> Result<(), Failure> {
    run("browser", TESTS)
}

/// Draws the pictures of the page anew.
pub(crate) fn draw() -> Result<(), Failure> {
    run("pictures", PICTURES)
}

fn run(task: &str, arguments: &str) -> Result<(), Failure> {
    install()?;
    println!("== {task}: cargo {arguments}");
    cargo::run(&mut cargo(arguments))
}

/// Installs the browser and its driver, if they are missing and Debian's packages can be had.
fn install() -> Result<(), Failure> {
    let missing: Vec<_> = PROGRAMS.into_iter().filter(|program| !starts(program)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let needed = format!("{} missing", missing.join(" and "));
    if !starts("apt-get") || !is_root()? {
        let packages = PACKAGES.join(" ");
        return Err(Failure::new(format!("{needed}: as root, `apt-get install {packages}`")));
    }
    println!("== {needed}: apt-get install {}", PACKAGES.join(" "));
    let apt_get = |arguments: &[&str]| {
        let mut command = Command::new("apt-get");
        cargo::run(command.env("DEBIAN_FRONTEND", "noninteractive").arg("-qq").args(arguments))
    };
    apt_get(&["update"])?;
    apt_get(&[&["install", "-y", "--no-install-recommends"], &PACKAGES[..]].concat())
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
