//! The oldest compilers that the published packages promise to build with.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cargo::{self, Failure, root};
use crate::{debian, published};

/// Debian's packages of one old toolchain. Without the version, apt gives the newest.
const DEBIAN: Debian = Debian {
    rust: "1.85",
    version: "1.85.0+dfsg3-1~deb12u3",
    packages: ["rustc-web", "cargo-web", "libstd-rust-web-dev", "libstd-rust-web-1.85"],
};

/// The folders of shared libraries in Debian's packages.
const LIBRARIES: [&str; 2] = ["usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu"];

struct Debian {
    rust: &'static str,
    version: &'static str,
    packages: [&'static str; 4],
}

/// A small package that uses the attribute, and whose tests run with the old toolchain too.
const USER: &str = "hygiene-2024";

/// A toolchain: its folder, or rustup's name for it.
enum Toolchain {
    Folder(PathBuf),
    Rustup(String),
}

/// Builds each published package, with all features, by the compiler of its `rust-version`.
pub(crate) fn holds() -> Result<(), Failure> {
    let mut by_version: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in published::packages()? {
        by_version.entry(package.text("rust_version").to_owned()).or_default().push(package.name);
    }
    for (version, names) in by_version {
        let Some(toolchain) = toolchain(&version)? else {
            println!("msrv: LEFT OUT {}: Rust {version} is not to be had here", names.join(", "));
            continue;
        };
        let packages: Vec<_> = names.iter().map(|name| format!("-p {name}")).collect();
        run(&toolchain, &format!("check --locked --all-features {}", packages.join(" ")))?;
        if version == DEBIAN.rust {
            run(&toolchain, &format!("test --locked -p {USER}"))?;
        }
    }
    Ok(())
}

fn run(toolchain: &Toolchain, arguments: &str) -> Result<(), Failure> {
    let mut command = toolchain.cargo();
    println!("== msrv: {} {arguments}", Path::new(command.get_program()).display());
    command.args(arguments.split(' ')).current_dir(root());
    cargo::run(command.env("CARGO_TARGET_DIR", cargo::target().join("msrv/build")))
}

/// Looks for a toolchain in Debian's packages, and then asks rustup for it.
fn toolchain(version: &str) -> Result<Option<Toolchain>, Failure> {
    if version == DEBIAN.rust {
        if let Some(folder) = DEBIAN.unpacked()? {
            return Ok(Some(Toolchain::Folder(folder)));
        }
    }
    let mut rustup = Command::new("rustup");
    rustup.args(["toolchain", "install", version, "--profile", "minimal", "--no-self-update"]);
    println!("== msrv: rustup toolchain install {version}");
    Ok(cargo::read(&mut rustup).is_ok().then(|| Toolchain::Rustup(version.to_owned())))
}

impl Toolchain {
    /// Cargo of this toolchain, which takes the compiler of this toolchain, whatever runs xtask.
    fn cargo(&self) -> Command {
        let mut command = match self {
            Toolchain::Folder(folder) => {
                let programs = folder.join("usr/bin");
                let libraries = LIBRARIES.map(|place| folder.join(place).display().to_string());
                let mut command = Command::new(programs.join("cargo"));
                command
                    .env("RUSTC", programs.join("rustc"))
                    .env("RUSTDOC", programs.join("rustdoc"));
                command.env("LD_LIBRARY_PATH", libraries.join(":"));
                command
            }
            Toolchain::Rustup(name) => {
                let mut command = Command::new("rustup");
                command.args(["run", name, "cargo"]).env_remove("RUSTC").env_remove("RUSTDOC");
                command
            }
        };
        command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
        command
    }
}

impl Debian {
    /// Downloads the packages and what they need, and unpacks them below the target folder. They
    /// cannot be installed beside a toolchain of rustup. Returns `None` if apt has them not.
    fn unpacked(&self) -> Result<Option<PathBuf>, Failure> {
        let folder = cargo::target().join("msrv").join(self.version);
        let done = folder.join("done");
        if done.exists() {
            return Ok(Some(folder));
        }
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) || !self.download(&folder)? {
            return Ok(None);
        }
        debian::unpack(&folder.join("archives"), &folder)?;
        std::fs::write(&done, "").map_err(|error| failed(&done, &error))?;
        Ok(Some(folder))
    }

    /// Returns false if apt is missing, may not be used, or does not know the version.
    fn download(&self, folder: &Path) -> Result<bool, Failure> {
        let archives = folder.join("archives");
        let partial = archives.join("partial");
        std::fs::create_dir_all(&partial).map_err(|error| failed(&partial, &error))?;
        let packages: Vec<_> =
            self.packages.iter().map(|name| format!("{name}={}", self.version)).collect();
        println!("== msrv: apt-get install --download-only {}", packages.join(" "));
        let is_updated = cargo::read(Command::new("apt-get").args(["-qq", "update"])).is_ok();
        let mut download = Command::new("apt-get");
        download.args(["-qq", "-y", "--no-install-recommends", "--download-only"]);
        download.args(["-o", "APT::Sandbox::User=root", "-o"]);
        download.arg(format!("Dir::Cache::archives={}", archives.display()));
        Ok(is_updated && cargo::read(download.arg("install").args(packages)).is_ok())
    }
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("{}: {error}", path.display()))
}
