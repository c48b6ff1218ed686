//! The project's checks, the same at home and in CI: `cargo xtask ci`.

use std::process::{Command, ExitCode};

/// A named check and the commands that make it up.
struct Check {
    name: &'static str,
    commands: &'static [Cargo],
}

/// One call of cargo.
struct Cargo {
    arguments: &'static str,
    environment: &'static [(&'static str, &'static str)],
}

const fn cargo(arguments: &'static str) -> Cargo {
    Cargo { arguments, environment: &[] }
}

/// Code behind features that a run with all of them would hide.
const DENY: &[(&str, &str)] =
    &[("RUSTFLAGS", "-D warnings"), ("CARGO_TARGET_DIR", "target/strict")];

const CHECKS: &[Check] = &[
    Check { name: "test", commands: &[cargo("test --workspace")] },
    Check { name: "format", commands: &[cargo("fmt --all --check")] },
    Check {
        name: "clippy",
        commands: &[cargo("clippy --workspace --all-targets --all-features -- -D warnings")],
    },
    Check {
        name: "docs",
        commands: &[Cargo {
            arguments: "doc --workspace --no-deps --all-features --document-private-items",
            environment: &[("RUSTDOCFLAGS", "-D warnings")],
        }],
    },
    Check {
        name: "features",
        commands: &[
            Cargo { arguments: "check -p breaker-core", environment: DENY },
            Cargo { arguments: "check -p breaker-core --features testing", environment: DENY },
            Cargo { arguments: "check -p breakerbox", environment: DENY },
            Cargo { arguments: "check -p breakerbox --features testing", environment: DENY },
            Cargo { arguments: "check -p breakerbox --features tokio", environment: DENY },
            Cargo { arguments: "check -p breakerbox --features tracing", environment: DENY },
            Cargo { arguments: "check -p breakerbox --features serde", environment: DENY },
        ],
    },
    Check {
        name: "loom",
        commands: &[Cargo {
            arguments: "test --release -p breaker-core --test loom",
            environment: &[
                ("RUSTFLAGS", "--cfg breaker_loom"),
                ("CARGO_TARGET_DIR", "target/loom"),
            ],
        }],
    },
    Check {
        name: "examples",
        commands: &[
            cargo("run --release --example outage"),
            cargo("run --release -p bot"),
            cargo("run --release -p delegate"),
        ],
    },
];

/// What a user's build gets with the default features, this crate included.
const MOST_CRATES: usize = 14;

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    let known = || CHECKS.iter().map(|check| check.name).chain(["tree"]);
    if wanted.is_empty() || wanted.iter().any(|name| name != "ci" && !known().any(|k| k == name)) {
        let names: Vec<_> = known().collect();
        eprintln!("usage: cargo xtask ci | CHECK...\nchecks: {}", names.join(", "));
        return ExitCode::FAILURE;
    }
    let is_wanted = |name: &str| wanted.iter().any(|wanted| wanted == "ci" || wanted == name);
    let failed = CHECKS
        .iter()
        .filter(|check| is_wanted(check.name))
        .find(|check| !check.commands.iter().all(|command| run(check.name, command)))
        .map(|check| check.name);
    if let Some(name) = failed {
        eprintln!("xtask: {name} failed");
        return ExitCode::FAILURE;
    }
    if is_wanted("tree") && !tree_is_small() {
        return ExitCode::FAILURE;
    }
    println!("xtask: {} passed", wanted.join(", "));
    ExitCode::SUCCESS
}

fn run(name: &str, cargo: &Cargo) -> bool {
    let settings: Vec<_> =
        cargo.environment.iter().map(|(key, value)| format!("{key}=\"{value}\" ")).collect();
    println!("== {name}: {}cargo {}", settings.concat(), cargo.arguments);
    let mut command = Command::new(env!("CARGO"));
    command.args(cargo.arguments_split()).envs(cargo.environment.iter().copied());
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            eprintln!("xtask: cargo does not start: {error}");
            false
        }
    }
}

impl Cargo {
    fn arguments_split(&self) -> impl Iterator<Item = &'static str> {
        self.arguments.split(' ')
    }
}

/// Counts the crates of the facade with its default features.
fn tree_is_small() -> bool {
    println!("== tree: cargo tree -p breakerbox -e normal,build");
    let arguments = "tree -p breakerbox -e normal,build --prefix none --format {p}";
    let output = match Command::new(env!("CARGO")).args(arguments.split(' ')).output() {
        Ok(output) if output.status.success() => output,
        Ok(output) => {
            eprint!("{}", String::from_utf8_lossy(&output.stderr));
            return false;
        }
        Err(error) => {
            eprintln!("xtask: cargo does not start: {error}");
            return false;
        }
    };
    let text = String::from_utf8_lossy(&output.stdout);
    // Repeated crates carry a mark behind their version.
    let names = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    let crates: std::collections::BTreeSet<_> =
        text.lines().filter(|line| !line.is_empty()).map(names).collect();
    println!("{} crates, at most {MOST_CRATES}: {crates:?}", crates.len());
    crates.len() <= MOST_CRATES
}
