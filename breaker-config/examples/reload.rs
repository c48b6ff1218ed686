//! Measures how long a reload of tuning delays a call: `cargo run --release -p breaker-config
//! --example reload [RELOADS]`.
//!
//! One thread calls without a pause, and another reloads. On Linux, the time in which the calling
//! thread was ready to run but had no core is subtracted from the call's length. Other systems do
//! not tell that time.

use std::error::Error;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use breaker_config::Source;
use breaker_core::{Config, OverrideSource, Overrides, Registry};
use breakerbox::{BreakerError, circuit_breaker};

type Answer = Result<(), BreakerError>;

#[circuit_breaker(name = "plain")]
fn plain(_: u64) -> Answer {
    Ok(())
}

#[circuit_breaker(name = "window", failure_rate = 1.0, window = "1m", min_calls = 1_000_000)]
fn window(_: u64) -> Answer {
    Ok(())
}

#[circuit_breaker(name = "known_key", key = number % 100)]
fn known_key(number: u64) -> Answer {
    Ok(())
}

/// Makes a breaker with each call. A name has a thousand of them at most.
#[circuit_breaker(name = "new_key", key = number)]
fn new_key(number: u64) -> Answer {
    Ok(())
}

type Call = fn(u64) -> Answer;
const KINDS: [(&str, Call); 4] =
    [("plain", plain), ("window", window), ("known_key", known_key), ("new_key", new_key)];

/// The longest call of each kind.
type Longest = [Duration; KINDS.len()];

/// Calls until `is_over`. `number` is the number of the last call, and rises by one with each.
fn call(is_over: &AtomicBool, number: &mut u64) -> Longest {
    let mut longest = Longest::default();
    let mut waited = waited_for_a_core();
    while !is_over.load(Ordering::Relaxed) {
        for ((_, call), longest) in KINDS.iter().zip(&mut longest) {
            let mut last = Instant::now();
            for _ in 0..50 {
                *number += 1;
                let _answer = call(*number);
                let now = Instant::now();
                let lasted = now - last;
                last = now;
                // A call is this long only if something took its core away for a moment.
                if lasted > Duration::from_micros(5) {
                    let before = waited;
                    waited = waited_for_a_core();
                    *longest = lasted.saturating_sub(waited.saturating_sub(before)).max(*longest);
                    last = Instant::now();
                }
            }
        }
    }
    longest
}

/// The total time in which this thread was ready to run and had no core.
fn waited_for_a_core() -> Duration {
    let text = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanoseconds = text.split(' ').nth(1).and_then(|number| number.parse().ok());
    Duration::from_nanos(nanoseconds.unwrap_or_default())
}

/// The longest calls during a repeated step, and the length of each step.
struct Phase {
    name: &'static str,
    longest: Longest,
    steps: Vec<Duration>,
}

impl Phase {
    fn run(
        name: &'static str,
        times: u64,
        number: &mut u64,
        mut step: impl FnMut(u64) -> Result<(), Box<dyn Error>>,
    ) -> Result<Self, Box<dyn Error>> {
        let is_over = AtomicBool::new(false);
        let (longest, steps) = thread::scope(|scope| {
            let caller = scope.spawn(|| call(&is_over, number));
            let steps: Result<Vec<_>, _> = (0..times)
                .map(|time| {
                    let start = Instant::now();
                    step(time).map(|()| start.elapsed())
                })
                .collect();
            is_over.store(true, Ordering::Relaxed);
            (caller.join().unwrap_or_default(), steps)
        });
        let mut steps = steps?;
        steps.sort_unstable();
        Ok(Phase { name, longest, steps })
    }

    fn print(&self) {
        let micros = |length: Duration| format!("{:.1} µs", length.as_secs_f64() * 1e6);
        let (median, last) = (self.steps.len() / 2, self.steps.len() - 1);
        let (median, last) = (micros(self.steps[median]), micros(self.steps[last]));
        println!("{}: {median} long, {last} at most", self.name);
        for ((kind, _), longest) in KINDS.iter().zip(self.longest) {
            println!("    longest call, {kind}: {}", micros(longest));
        }
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let times = env::args().nth(1).map_or(Ok(1_000), |times| times.parse::<u64>())?.max(1);
    let registry = Registry::global();
    let path = env::temp_dir().join(format!("breaker-config-reload-{}.toml", std::process::id()));
    let mut number = 0;
    let mut file = |time: u64| {
        let (all, known) = (time % 200 + 1, time % 100 + 1);
        let text = format!("[all]\nprobes = {all}\n[breakers.known_key]\nthreshold = {known}\n");
        fs::write(&path, text)?;
        Source::new().file(&path).apply(&registry)?;
        Ok(())
    };
    let mut overrides = |time: u64| {
        let mut overrides = Overrides::new();
        overrides.set_for_all(Config::builder().success_threshold(time % 200 + 1));
        registry.replace_overrides(OverrideSource::Operator, overrides)?;
        Ok(())
    };
    let pause = |_| {
        thread::sleep(Duration::from_millis(1));
        Ok(())
    };
    Phase::run("warm-up", 100, &mut number, pause)?;
    let quiet = Phase::run("a pause", times, &mut number, pause)?;
    let reload = Phase::run("a file that is written and read", times, &mut number, &mut file)?;
    let replaced = Phase::run("overrides that are replaced", times, &mut number, &mut overrides)?;
    fs::remove_file(&path)?;
    println!("{times} times each, {} breakers, {number} calls", registry.len());
    [quiet, reload, replaced].iter().for_each(Phase::print);
    Ok(())
}
