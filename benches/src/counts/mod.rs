//! Counts, which do not depend on the load of the machine.

mod atomics;
pub(crate) mod calibration;
mod callgrind;
mod profile;

use std::error::Error;

use crate::case::Case;
use crate::findings::{Findings, Measure};
use atomics::Atomics;
use callgrind::Callgrind;
use profile::Profile;

/// Two runs with different numbers of calls. Their difference has no work that both share.
const FEW: u64 = 1_000;
const MANY: u64 = 11_000;

/// Instructions and atomic operations per call. If a tool is missing, counts less and says so.
/// `suffix` is added to the cases' names.
pub(crate) fn count(cases: &[Case], suffix: &str) -> Result<Findings, Box<dyn Error>> {
    let mut findings = Findings::default();
    let Some(callgrind) = Callgrind::new()? else {
        println!("instructions are not counted: there is no valgrind here");
        return Ok(findings);
    };
    let mut atomics = Atomics::default();
    let obstacle = Atomics::obstacle();
    match &obstacle {
        Some(reason) => println!("atomic operations are not counted: {reason}"),
        None => calibrate(&callgrind, &mut atomics)?,
    }
    println!("counting the instructions of {} cases, about a second each", cases.len());
    for case in cases {
        let id = case.id();
        let added = added(&callgrind, &id)?;
        let id = format!("{id}{suffix}");
        let instructions = per_call(added.instructions());
        findings.add(&id, Measure::Instructions, &[instructions]);
        print!("{instructions:8.1} instructions");
        if obstacle.is_none() {
            let atomics = per_call(atomics.count(&added)?);
            findings.add(&id, Measure::Atomics, &[atomics]);
            print!(", {atomics:4.1} atomic operations");
        }
        println!(": {id}");
    }
    Ok(findings)
}

/// Refuses a method of counting that does not find the known counts.
fn calibrate(callgrind: &Callgrind, atomics: &mut Atomics) -> Result<(), Box<dyn Error>> {
    for (case, expected) in calibration::cases() {
        let id = case.id();
        let found = atomics.count(&added(callgrind, &id)?)?;
        if found != expected * (MANY - FEW) {
            let calls = MANY - FEW;
            return Err(format!(
                "in {calls} calls of `{id}` {found} atomic operations were found, there are \
                 {expected} in each: objdump and callgrind do not speak of the same instructions"
            )
            .into());
        }
    }
    Ok(())
}

fn added(callgrind: &Callgrind, case: &str) -> Result<Profile, Box<dyn Error>> {
    Ok(callgrind.profile(case, MANY)?.minus(&callgrind.profile(case, FEW)?))
}

#[allow(clippy::cast_precision_loss, reason = "far less than 2^53")]
fn per_call(count: u64) -> f64 {
    count as f64 / (MANY - FEW) as f64
}
