//! The tasks that `cargo xtask` knows by name: checks and measurements.

use std::time::Instant;

use crate::cargo::{self, Failure};
use crate::{
    api, bench, book, browser, deny, docsrs, fleet, machine, metrics, msrv, package, release,
    replay, schema, targets, tree, weaken,
};

pub(crate) struct Task {
    pub(crate) name: &'static str,
    /// A predicate whose subject is the task.
    pub(crate) about: &'static str,
    work: Work,
}

enum Work {
    Commands(&'static [Cargo]),
    Function(fn() -> Result<(), Failure>),
}

/// One call of cargo.
struct Cargo {
    arguments: &'static str,
    environment: &'static [(&'static str, &'static str)],
}

const fn cargo(arguments: &'static str) -> Cargo {
    Cargo { arguments, environment: &[] }
}

/// Denies warnings. Also compiles code behind features that a run with all features would hide.
const fn strict(arguments: &'static str) -> Cargo {
    const DENY: &[(&str, &str)] =
        &[("RUSTFLAGS", "-D warnings"), ("CARGO_TARGET_DIR", "target/strict")];
    Cargo { arguments, environment: DENY }
}

const LOOM: &str = "test --release -p breaker-core --test loom";
const MODEL_BUILD: [(&str, &str); 2] =
    [("RUSTFLAGS", "--cfg breaker_loom"), ("CARGO_TARGET_DIR", "target/loom")];

/// The package uses the builds of other packages where it can. Clippy compiles it, since a separate
/// check would compile all test dependencies twice.
const CLIENTS: [(&str, &str); 3] = [
    ("CARGO_TARGET_DIR", "target"),
    ("RUSTC_WORKSPACE_WRAPPER", "clippy-driver"),
    ("CLIPPY_ARGS", "-Dwarnings"),
];

/// The tasks of `cargo xtask ci`.
pub(crate) const CHECKS: &[Task] = &[
    Task {
        name: "test",
        about: "runs the tests of every crate in the workspace",
        work: Work::Commands(&[cargo("test --workspace")]),
    },
    Task {
        name: "inventory",
        about: "runs the tests of the list of functions, which `test` leaves off for all crates",
        work: Work::Commands(&[
            cargo("test -p listed --features on"),
            cargo("test -p breaker-config --features inventory --lib"),
        ]),
    },
    Task {
        name: "format",
        about: "checks that rustfmt would change nothing",
        work: Work::Commands(&[cargo("fmt --all --check")]),
    },
    Task {
        name: "clippy",
        about: "denies warnings of clippy, with all features",
        work: Work::Commands(&[cargo(
            "clippy --workspace --all-targets --all-features -- -D warnings",
        )]),
    },
    Task {
        name: "docs",
        about: "denies warnings of rustdoc, with all features and private items",
        work: Work::Commands(&[Cargo {
            arguments: "doc --workspace --no-deps --all-features --document-private-items",
            environment: &[("RUSTDOCFLAGS", "-D warnings")],
        }]),
    },
    Task {
        name: "docs-rs",
        about: "documents what is published as docs.rs does, with notes on features",
        work: Work::Function(docsrs::has_notes),
    },
    Task {
        name: "api",
        about: "compares what users see of the packages with lists; `BLESS=1` writes the lists",
        work: Work::Function(api::is_listed),
    },
    Task {
        name: "features",
        about: "denies warnings of the compiler, without features and with each alone",
        work: Work::Commands(&[
            strict("check -p breaker-core"),
            strict("check -p breaker-core --features testing"),
            strict("check -p breakerbox"),
            strict("check -p breakerbox --features testing"),
            strict("check -p breakerbox --features tokio"),
            strict("check -p breakerbox --features stream"),
            strict("check -p breakerbox --features tracing"),
            strict("check -p breakerbox --features serde"),
            strict("check -p breakerbox --features config"),
            strict("check -p breakerbox --features metrics"),
            strict("check -p breakerbox --features inventory"),
            strict("check -p breaker-config"),
            strict("check -p breaker-metrics"),
            strict("check -p breaker-metrics --features opentelemetry"),
            strict("check -p breaker-metrics --features metrics"),
            strict("check -p breakerbox --features page"),
            strict("check -p breaker-page"),
            strict("check -p breaker-page --features server"),
            strict("check -p breaker-page --features tracing"),
            strict("check -p breaker-config --features inventory"),
            strict("check -p breakerbox --features host"),
            strict("check -p breaker-host"),
            strict("check -p breaker-host --features tracing"),
            strict("check -p breakerbox --features fleet"),
            strict("check -p breaker-fleet"),
            strict("check -p breaker-fleet --features tracing"),
            strict("check -p breaker-fleet --features tls"),
            strict("check -p breakerbox --features tower"),
            strict("check -p breaker-tower"),
            strict("check -p breaker-tower --features http"),
            strict("check -p breaker-tower --features tokio"),
        ]),
    },
    Task {
        name: "loom",
        about: "explores the interleavings of threads in the core, to a bound",
        work: Work::Commands(&[Cargo { arguments: LOOM, environment: &MODEL_BUILD }]),
    },
    Task {
        name: "litmus",
        about: "checks on this processor that, of threads which record at once, one sees the other",
        work: Work::Commands(&[cargo(
            "test --release -p breaker-core --lib litmus -- --nocapture --test-threads 1",
        )]),
    },
    Task {
        name: "machine-code",
        about: "checks that machine code has the orderings, and that a closed call writes nothing",
        work: Work::Function(machine::holds_the_orderings),
    },
    Task {
        name: "soak",
        about: "runs callers, operators and listeners at once for 20 s, and checks what must hold",
        work: Work::Commands(&[cargo("run --release -p soak -- --for 20s")]),
    },
    Task {
        name: "examples",
        about: "runs the programs in `examples`",
        work: Work::Commands(&[
            // `test` has built the programs already.
            cargo("run --example basic"),
            cargo("run --example fallback"),
            cargo("run --example timeout"),
            cargo("run --example permit"),
            cargo("run --example keyed"),
            cargo("run --example events"),
            cargo("run --example testing"),
            cargo("run -p outage"),
            cargo("run -p bot"),
            cargo("run -p delegate"),
            cargo("run -p llm"),
        ]),
    },
    Task {
        name: "benches",
        about: "checks the package `benches`, whose tests `bench-smoke` runs",
        work: Work::Commands(&[
            cargo("fmt --manifest-path benches/Cargo.toml --check"),
            cargo("clippy --manifest-path benches/Cargo.toml --all-targets -- -D warnings"),
        ]),
    },
    Task {
        name: "clients",
        about: "tests clients and retries of others, against services that fall ill",
        work: Work::Commands(&[
            cargo("fmt --manifest-path tests/clients/Cargo.toml --check"),
            Cargo {
                arguments: "test --manifest-path tests/clients/Cargo.toml",
                environment: &CLIENTS,
            },
        ]),
    },
    Task {
        name: "book",
        about: "builds the book in target/book, follows its links, and runs the commands on its pages",
        work: Work::Function(book::check),
    },
    Task {
        name: "schema",
        about: "checks by a validator from PyPI that the schema of tuning files takes the good ones alone",
        work: Work::Function(schema::holds),
    },
    Task {
        name: "replay",
        about: "plays 1,000 random logs through `replay` and a plain second one, and compares",
        work: Work::Function(replay::agrees),
    },
    Task {
        name: "metrics",
        about: "has a real Prometheus scrape an outage, answer the dashboard and test the alerts",
        work: Work::Function(metrics::hold),
    },
    Task {
        name: "fleet-tests",
        about: "has instances share breakers by a real Redis, which it installs if it is missing",
        work: Work::Function(fleet::test),
    },
    Task {
        name: "browser",
        about: "looks at the page and the book's simulator in a real Chromium, which it installs if it is missing",
        work: Work::Function(browser::test),
    },
    Task {
        name: "package",
        about: "packs what is published, and builds each package from its archive alone",
        work: Work::Function(package::verify),
    },
    Task {
        name: "outage-fleet",
        about: "plays the outage with processes that share breakers by a Redis",
        work: Work::Commands(&[cargo("test -p outage --features fleet --test fleet")]),
    },
    Task {
        name: "deny",
        about: "checks licences, sources and versions of dependencies by cargo-deny",
        work: Work::Function(deny::check),
    },
    Task {
        name: "tree",
        about: "checks that a user's build gets few crates",
        work: Work::Function(tree::is_small),
    },
];

/// These run only when named: they take long, or a person reads the results.
pub(crate) const MEASUREMENTS: &[Task] = &[
    Task {
        name: "release",
        about: "checks what a release needs, and prints the order of publication",
        work: Work::Function(release::check),
    },
    Task {
        name: "systems",
        about: "runs the tests that every system can run, for those that CI is not on",
        work: Work::Commands(&[cargo(
            "test -p breakerbox -p breaker-core -p breaker-macros -p breaker-config",
        )]),
    },
    Task {
        name: "advisories",
        about: "looks for advisories on dependencies, in a database that it fetches",
        work: Work::Function(deny::advisories),
    },
    Task {
        name: "loom-full",
        about: "explores the models of `loom` with more preemptions (ten minutes)",
        work: Work::Commands(&[Cargo {
            arguments: LOOM,
            environment: &[MODEL_BUILD[0], MODEL_BUILD[1], ("BREAKER_LOOM", "full")],
        }]),
    },
    Task {
        name: "weaken",
        about: "weakens one ordering of the core at a time, and expects models to fail",
        work: Work::Function(weaken::run),
    },
    Task {
        name: "pictures",
        about: "draws the pictures of the page in docs/ by a real Chromium",
        work: Work::Function(browser::draw),
    },
    Task {
        name: "cost",
        about: "measures what the attribute costs at compile time (a minute)",
        work: Work::Function(bench::cost),
    },
    Task {
        name: "bench",
        about: "measures calls and builds, and writes docs/performance.md (twenty minutes)",
        work: Work::Function(bench::run),
    },
    Task {
        name: HISTORIES,
        about: "plays 40,000 random histories against the model of a breaker",
        work: Work::Commands(&[Cargo {
            arguments: "test --release --test model breakers_and_models_agree",
            environment: &[("MODEL_HISTORIES", "40000")],
        }]),
    },
    Task {
        name: MUTATIONS,
        about: "reads 100,000 mutated tuning files",
        work: Work::Commands(&[Cargo {
            arguments: "test --release -p breaker-config --test mutations",
            environment: &[("MUTATIONS", "100000")],
        }]),
    },
    Task {
        name: EXPANSIONS,
        about: "expands 100,000 mutated attributes and items",
        work: Work::Commands(&[Cargo {
            arguments: "test --release -p breaker-macros --lib fuzz",
            environment: &[("EXPANSIONS", "100000")],
        }]),
    },
    Task {
        name: PROCESSES,
        about: "has processes share breakers, fail, and be killed by the thousand (ten minutes)",
        work: Work::Commands(&[Cargo {
            arguments: "test --release -p host-check",
            environment: &[("HOST_FULL", "1")],
        }]),
    },
    Task {
        name: "host",
        about: "measures what it costs to share breakers with other processes",
        work: Work::Commands(&[cargo("run --release -p breaker-host --example measure")]),
    },
    Task {
        name: "fleet",
        about: "measures fleets of processes, alone and through a Redis (ten minutes)",
        work: Work::Commands(&[
            cargo("run --release -p fleet-measure"),
            cargo("run --release -p fleet-measure -- crowd"),
        ]),
    },
    Task {
        name: FLEETS,
        about: "plays 5,000 random histories of fleets in virtual time",
        work: Work::Commands(&[Cargo {
            arguments: "test --release -p breaker-fleet --lib simulation",
            environment: &[("FLEET_SEEDS", "5000")],
        }]),
    },
    Task {
        name: RULES,
        about: "breaks the rules of the second `replay` one by one, and expects `replay` to differ",
        work: Work::Function(replay::tells_broken_rules),
    },
    Task {
        name: MSRV,
        about: "builds what is published by the oldest compilers that it promises, where they are to be had",
        work: Work::Function(msrv::holds),
    },
    Task {
        name: TARGETS,
        about: "builds for a target of WebAssembly, and expects the error of one without a clock",
        work: Work::Function(targets::build),
    },
    Task {
        name: BENCH_SMOKE,
        about: "runs the tests of `benches`, and checks that its cases do what their names say",
        work: Work::Commands(&[
            cargo("test --manifest-path benches/Cargo.toml"),
            cargo("run --manifest-path benches/Cargo.toml -- smoke"),
        ]),
    },
    Task {
        name: "reload",
        about: "measures how long a reload of tuning holds up a call",
        work: Work::Commands(&[cargo("run --release -p breaker-config --example reload")]),
    },
    Task {
        name: SOAK_LONG,
        about: "runs as `soak` does, for ten minutes",
        work: Work::Commands(&[cargo("run --release -p soak -- --for 10m")]),
    },
    Task {
        name: BENCH_QUICK,
        about: "measures as `bench` does, in less time, and leaves docs/ alone",
        work: Work::Function(bench::quick),
    },
];

/// The tasks of `cargo xtask full` beside the checks.
pub(crate) const FULL: [&str; 13] = [
    "loom-full",
    "weaken",
    HISTORIES,
    MUTATIONS,
    EXPANSIONS,
    PROCESSES,
    FLEETS,
    RULES,
    MSRV,
    TARGETS,
    BENCH_SMOKE,
    SOAK_LONG,
    BENCH_QUICK,
];

const MSRV: &str = "msrv";
const TARGETS: &str = "targets";
const BENCH_SMOKE: &str = "bench-smoke";
const FLEETS: &str = "fleet-histories";
const RULES: &str = "replay-rules";
const HISTORIES: &str = "histories";
const MUTATIONS: &str = "mutations";
const EXPANSIONS: &str = "expansions";
const PROCESSES: &str = "processes";
const SOAK_LONG: &str = "soak-long";
const BENCH_QUICK: &str = "bench-quick";

impl Task {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let begun = Instant::now();
        match self.work {
            Work::Commands(commands) => {
                commands.iter().try_for_each(|command| command.run(self.name))?;
            }
            Work::Function(function) => function()?,
        }
        println!("== {}: passed in {} s", self.name, begun.elapsed().as_secs());
        Ok(())
    }
}

impl Cargo {
    fn run(&self, task: &str) -> Result<(), Failure> {
        let settings: Vec<_> =
            self.environment.iter().map(|(key, value)| format!("{key}=\"{value}\" ")).collect();
        println!("== {task}: {}cargo {}", settings.concat(), self.arguments);
        let mut command = cargo::cargo(self.arguments);
        cargo::run(command.envs(self.environment.iter().copied()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// CI runs the tests by the README's command, and `ci` for all other checks.
    #[test]
    fn script_of_ci_runs_every_check() {
        let readme = include_str!("../../README.md");
        let script = include_str!("../../.ci/run");
        let has = |text: &str, command: &str| text.lines().any(|line| line == command);
        assert!(has(script, "cargo xtask ci --skip test"));
        let test = CHECKS.iter().find(|check| check.name == "test");
        let Some(Work::Commands([Cargo { arguments, environment: [] }])) = test.map(|t| &t.work)
        else {
            panic!("`test` is one command, so that CI can run it without xtask");
        };
        let command = format!("cargo {arguments}");
        assert!(has(readme, &command) && has(script, &command), "{command}");
    }
}
