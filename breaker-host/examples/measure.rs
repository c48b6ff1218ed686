//! Measures the price of sharing: of the start of a program that runs once, of a failure, and of a
//! success.
//!
//! ```sh
//! cargo run --release -p breaker-host --example measure
//! ```
//!
//! `BREAKERBOX_DIR` chooses the folder to measure, for example on a disk or in `/dev/shm`.

use std::env;
use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use breakerbox::host::Options;
use breakerbox::{BreakerError, circuit_breaker};

const PROCESSES: usize = 400;
const FAILURES: usize = 1_000;
const SUCCESSES: u32 = 20_000_000;

struct Failed;

impl From<BreakerError> for Failed {
    fn from(_: BreakerError) -> Self {
        Failed
    }
}

#[circuit_breaker(name = "measured", threshold = 60_000)]
fn call(succeeds: bool) -> Result<(), Failed> {
    if black_box(succeeds) { Ok(()) } else { Err(Failed) }
}

fn join(how: &str) {
    let options = Options::new().namespace("measure");
    match how {
        "alone" => {}
        "once" => drop(options.once().join()),
        "watch" => drop(options.join()),
        other => panic!("{other}"),
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}

/// The work of one child process, which prints nanoseconds.
fn child(role: &str, how: &str) {
    match role {
        // Like a program that runs once: it joins, and calls once.
        "start" => {
            let took = timed(|| {
                join(how);
                let _ = call(true);
            });
            println!("{}", took.as_nanos());
        }
        "first" => {
            join(how);
            let _ = call(true);
            println!("{}", timed(|| _ = call(false)).as_nanos());
        }
        "failures" => {
            join(how);
            let _ = call(false);
            let mut all: Vec<_> = (0..FAILURES).map(|_| timed(|| _ = call(false))).collect();
            println!("{}", median(&mut all).as_nanos());
        }
        "successes" => {
            join(how);
            let _ = call(true);
            let took = timed(|| (0..SUCCESSES).for_each(|_| _ = call(true)));
            println!("{}", took.as_nanos() / u128::from(SUCCESSES / 1_000));
        }
        other => panic!("{other}"),
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Runs a process. Returns what it measured, and how long it lived.
fn run(role: &str, how: &str) -> (Duration, Duration) {
    let begun = Instant::now();
    let child = Command::new(env::current_exe().unwrap()).args([role, how]).output().unwrap();
    let lived = begun.elapsed();
    let nanos = String::from_utf8(child.stdout).unwrap().trim().parse().unwrap();
    (Duration::from_nanos(nanos), lived)
}

/// The medians over many processes, with each way to join in turn.
fn compare(role: &str, ways: &[&str], processes: usize) -> Vec<(Duration, Duration)> {
    let mut all: Vec<(Vec<_>, Vec<_>)> = ways.iter().map(|_| Default::default()).collect();
    for _ in 0..processes {
        for (how, (inside, outside)) in ways.iter().zip(&mut all) {
            let (measured, lived) = run(role, how);
            inside.push(measured);
            outside.push(lived);
        }
    }
    all.iter_mut().map(|(inside, outside)| (median(inside), median(outside))).collect()
}

fn main() {
    let words: Vec<_> = env::args().skip(1).collect();
    if let [role, how] = words.as_slice() {
        return child(role, how);
    }
    let ways = ["alone", "once", "watch"];
    println!("medians of {PROCESSES} processes each");
    let starts = compare("start", &ways, PROCESSES);
    for (how, (inside, outside)) in ways.iter().zip(&starts) {
        let more = inside.saturating_sub(starts[0].0);
        let ratio = outside.as_secs_f64() / starts[0].1.as_secs_f64();
        println!(
            "join and first call, {how}: {inside:?}, {more:?} more; \
             the whole process {outside:?}, {ratio:.3} times as long"
        );
    }
    let [alone, shared] = [0, 1].map(|at| ways[at]);
    for (what, role, processes) in
        [("first failure", "first", PROCESSES), ("later failure", "failures", 9)]
    {
        let of = compare(role, &[alone, shared], processes);
        println!("{what}: {:?} alone, {:?} shared", of[0].0, of[1].0);
    }
    let of = compare("successes", &ways, 9);
    for (how, (thousand, _)) in ways.iter().zip(&of) {
        println!("1,000 successes, {how}: {thousand:?}");
    }
}
