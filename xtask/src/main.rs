//! The project's checks, the same at home and in CI: `cargo xtask ci`.
//! Beside them, what is measured and not judged: `cargo xtask bench`.

mod bench;
mod cargo;
mod tree;

use std::process::ExitCode;

use cargo::Failure;

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
    Check {
        name: "bench-smoke",
        commands: &[
            cargo("fmt --manifest-path benches/Cargo.toml --check"),
            cargo("clippy --manifest-path benches/Cargo.toml --all-targets -- -D warnings"),
            cargo("test --manifest-path benches/Cargo.toml"),
            cargo("run --manifest-path benches/Cargo.toml -- smoke"),
        ],
    },
];

/// What is done only when asked for by name, since its results are to be read.
type Measurement = (&'static str, fn() -> Result<(), Failure>);

const MEASUREMENTS: &[Measurement] =
    &[("cost", bench::cost), ("bench", bench::run), ("bench-quick", bench::quick)];

fn main() -> ExitCode {
    let wanted: Vec<String> = std::env::args().skip(1).collect();
    match run_all(&wanted) {
        Ok(()) => {
            println!("xtask: {} done", wanted.join(", "));
            ExitCode::SUCCESS
        }
        Err(failure) => {
            eprintln!("xtask: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run_all(wanted: &[String]) -> Result<(), Failure> {
    refuse_unknown(wanted)?;
    let is_named = |name: &str| wanted.iter().any(|wanted| wanted == name);
    let is_wanted = |name: &str| is_named("ci") || is_named(name);
    for check in CHECKS.iter().filter(|check| is_wanted(check.name)) {
        for command in check.commands {
            run(check.name, command)?;
        }
    }
    if is_wanted("tree") {
        tree::is_small()?;
    }
    for (_, measure) in MEASUREMENTS.iter().filter(|(name, _)| is_named(name)) {
        measure()?;
    }
    Ok(())
}

fn refuse_unknown(wanted: &[String]) -> Result<(), Failure> {
    let checks: Vec<_> = CHECKS.iter().map(|check| check.name).chain(["tree"]).collect();
    let measurements: Vec<_> = MEASUREMENTS.iter().map(|(name, _)| *name).collect();
    let known = |name: &str| name == "ci" || checks.contains(&name) || measurements.contains(&name);
    let problem = match wanted.iter().find(|name| !known(name)) {
        Some(name) => format!("there is no `{name}`"),
        None if wanted.is_empty() => "nothing to do".to_owned(),
        None => return Ok(()),
    };
    Err(Failure::new(format!(
        "{problem}\nusage: cargo xtask ci | NAME...\nchecks: {}\nmeasurements: {}",
        checks.join(", "),
        measurements.join(", "),
    )))
}

fn run(name: &str, call: &Cargo) -> Result<(), Failure> {
    let settings: Vec<_> =
        call.environment.iter().map(|(key, value)| format!("{key}=\"{value}\" ")).collect();
    println!("== {name}: {}cargo {}", settings.concat(), call.arguments);
    let mut command = cargo::cargo(call.arguments);
    cargo::run(command.envs(call.environment.iter().copied()))
}
