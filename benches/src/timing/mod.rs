//! The time of a call.
//!
//! The speed of a machine's cores changes within milliseconds. So samples are short. Each round
//! takes one sample of every case, so that drift affects all cases alike. A fixed piece of work,
//! the probe, is timed before and after each sample. Only those samples count in which the probe
//! ran at one speed: that of the fastest tenth of all samples.

mod cores;
mod crowd;
mod pair;
mod probe;
mod sample;
mod spread;

use std::time::Duration;

use crate::case::{Case, Unexpected};
use crate::findings::{Findings, Measure};
use crate::subject::Subject;
use sample::{Sample, Samples};
use spread::Spread;

/// The share of the fastest samples. The slowest of them sets the speed, since the very fastest may
/// be an exception.
const FASTEST: f64 = 0.1;
/// A sample counts if its probes took that time, give or take this share.
const TOLERANCE: f64 = 0.06;
/// Fewer samples than this are no figure.
const FEWEST: usize = 5;

/// A case that is measured.
struct Runner<'c> {
    case: &'c Case,
    subject: Box<dyn Subject>,
}

/// Measures all cases in about `effort`, and adds `suffix` to their names.
pub(crate) fn measure(
    cases: &[Case],
    effort: Duration,
    suffix: &str,
) -> Result<Findings, Unexpected> {
    let runners = prepare(cases)?;
    let mut findings = Findings::default();
    let mut add = |measure, samples| add(&mut findings, &runners, suffix, measure, samples);

    // Samples of two threads are ten times as long.
    let (one, two) = (effort * 2 / 5, effort * 3 / 5);
    let one_thread = &mut |runner, calls| Some(sample::one_thread(runner, calls));
    let calls = sample::calls(&runners, sample::LENGTH, one_thread);
    let samples = sample::rounds(&runners, &calls, one, one_thread);
    println!("one thread: {}", add(Measure::OneThread, samples));
    match pair::samples(&runners, two) {
        Ok(samples) => println!("two threads: {}", add(Measure::TwoThreads, samples)),
        Err(reason) => println!("two threads are not measured: {reason}"),
    }
    Ok(findings)
}

/// Measures the cases that a hundred threads call, in about `effort`.
pub(crate) fn measure_crowd(cases: &[Case], effort: Duration) -> Result<Findings, Unexpected> {
    let runners = prepare(cases)?;
    let mut findings = Findings::default();
    let samples = crowd::samples(&runners, effort);
    println!("a hundred: {}", add(&mut findings, &runners, "", Measure::HundredThreads, samples));
    Ok(findings)
}

fn prepare(cases: &[Case]) -> Result<Vec<Runner<'_>>, Unexpected> {
    cases.iter().map(|case| Ok(Runner { case, subject: Case::prepare(case)? })).collect()
}

/// Adds the figures of the samples. Prints how many of them were steady.
fn add(
    findings: &mut Findings,
    runners: &[Runner<'_>],
    suffix: &str,
    measure: Measure,
    samples: Vec<Samples>,
) -> String {
    report(runners, samples, |runner, Spread { quarter, median, three_quarters }| {
        let id = format!("{}{suffix}", runner.case.id());
        findings.add(&id, measure, &[quarter, median, three_quarters]);
    })
}

/// Passes on the spread of each case's steady samples. Prints their number, and the cases that have
/// too few and so no figure.
fn report(
    runners: &[Runner<'_>],
    samples: Vec<Samples>,
    mut hand_on: impl FnMut(&Runner<'_>, Spread),
) -> String {
    let speed = speed(&samples);
    let (mut all, mut steady, mut unsteady) = (0, 0, Vec::new());
    for (runner, samples) in runners.iter().zip(samples) {
        let taken = samples.len();
        let is_steady = |sample: &Sample| (sample.probe / speed - 1.0).abs() <= TOLERANCE;
        let times = samples.into_iter().filter(is_steady).map(|sample| sample.per_call);
        let times: Vec<f64> = times.collect();
        let kept = times.len();
        all += taken;
        steady += kept;
        match Spread::of(times) {
            _ if taken == 0 => {}
            Some(spread) if kept >= FEWEST => hand_on(runner, spread),
            _ => unsteady.push(format!("  {}: {kept} of {taken}", runner.case.id())),
        }
    }
    let told = format!("{steady} of {all} samples were steady");
    if unsteady.is_empty() {
        return told;
    }
    format!(
        "{told}\nfewer than {FEWEST} steady samples, and so no figure (leave the machine to itself, \
         or measure longer by `--seconds`):\n{}",
        unsteady.join("\n")
    )
}

/// The probe time that sets the speed: that of the slowest of the fastest samples.
fn speed(samples: &[Samples]) -> f64 {
    let mut probes: Vec<f64> = samples.iter().flatten().map(|sample| sample.probe).collect();
    probes.sort_by(f64::total_cmp);
    #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let place = (probes.len() as f64 * FASTEST) as usize;
    probes.get(place).copied().unwrap_or(f64::NAN)
}
