//! Measures calls through breakers, ours and others, and builds with the attribute.
//!
//! Start reading at `case.rs`; `peer/` has a file for each breaker that is compared. `compile/`
//! measures the builds.
//!
//! `cargo xtask bench` builds this program three times (unchanged, with an allocator that counts,
//! with our feature `tracing`) and combines the findings.

mod args;
mod case;
mod compile;
mod costs;
mod counts;
mod findings;
mod heap;
mod peer;
mod report;
mod smoke;
mod subject;
mod timing;
mod work;

use std::error::Error;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;

use args::{Args, Command};
use case::Case;
use counts::calibration;

fn main() -> ExitCode {
    match run(Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
            eprintln!("error: {error}{cause}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: Args) -> Result<(), Box<dyn Error>> {
    let mut cases = peer::cases();
    let is_wanted = |id: &str| args.only.is_empty() || args.only.iter().any(|o| id.contains(o));
    cases.retain(|case| is_wanted(&case.id()));
    if cases.is_empty() {
        let names = args.only.join("`, `");
        return Err(format!("no case has `{names}` in its name; `list` lists them").into());
    }
    match args.command {
        Command::List => cases.iter().for_each(|case| println!("{}", case.id())),
        Command::Smoke => {
            smoke::check(&cases)?;
            println!("{} cases do what their names say", cases.len());
        }
        Command::Time { seconds, suffix, out } => {
            refuse_backtraces()?;
            let effort = Duration::from_secs(seconds.into());
            timing::measure(&cases, effort, &suffix)?.write(&out.out)?;
        }
        Command::Crowd { seconds, out } => {
            refuse_backtraces()?;
            timing::measure_crowd(&cases, Duration::from_secs(seconds.into()))?.write(&out.out)?;
        }
        Command::Count { suffix, out } => {
            refuse_backtraces()?;
            let findings = counts::count(&cases, &suffix)?;
            if let Some(out) = out {
                findings.write(&out)?;
            }
        }
        Command::Heap { out } => heap::count(&cases)?.write(&out.out)?,
        Command::Compile { folder, crates, most_crates, out } => {
            compile::measure(&folder, crates, most_crates)?.write(&out.out)?;
        }
        Command::Run { case, calls } => run_one(cases, &case, calls)?,
        Command::Report { findings, cost, docs } => {
            report::write(&cases, &findings, &cost, &docs)?;
        }
    }
    Ok(())
}

fn run_one(cases: Vec<Case>, name: &str, calls: u64) -> Result<(), Box<dyn Error>> {
    let known = calibration::cases().into_iter().map(|(case, _)| case);
    let case = cases.into_iter().chain(known).find(|case| case.id() == name);
    let case = case.ok_or_else(|| format!("there is no case `{name}`; `list` lists them"))?;
    case::measured(&*case.prepare()?, case.path, calls);
    Ok(())
}

/// With this variable, the errors of some peers walk the stack, which is not the peers' fault.
fn refuse_backtraces() -> Result<(), String> {
    for name in ["RUST_BACKTRACE", "RUST_LIB_BACKTRACE"] {
        match std::env::var(name) {
            Ok(value) if value != "0" => {
                return Err(format!(
                    "`{name}` is `{value}`, and would have errors gather backtraces: unset it"
                ));
            }
            _ => {}
        }
    }
    Ok(())
}
