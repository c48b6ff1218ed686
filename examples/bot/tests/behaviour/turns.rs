//! Breakers limit the cost of a dead model to the fallback's time.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use bot::Guard;
use bot::client::{Clients, llm};
use bot::crowd::Turn;
use bot::run::{Run, Setup, run};
use bot::scenario::{Scenario, Script};
use bot::service::{Health, Kind, Services};
use hdrhistogram::Histogram;

/// Time until the first hangs have run out; then only probes reach the model.
const SETTLED: Duration = Duration::from_millis(1500);
const USERS: u32 = 30;
/// The least number of samples for a p99.
const ENOUGH: usize = 100;

/// A missing breaker fails every run. A machine under heavy load hardly holds up one bot and not
/// the other in five runs.
const RUNS: usize = 5;

#[test]
fn with_the_model_down_p99_is_at_most_the_healthy_one_and_the_fallbacks_time() {
    let mut seen = Vec::new();
    for _ in 0..RUNS {
        let (with, bound) = p99_and_bound();
        seen.push((with, bound));
        if with <= bound {
            return;
        }
    }
    panic!("p99 and bound of {RUNS} runs: {seen:?}");
}

/// Plays three bots at once, so that the machine's load affects all alike: one with a healthy
/// model, and two with a hung model, of which one has breakers.
fn p99_and_bound() -> (Duration, Duration) {
    let script = Script::start_now(Duration::from_secs(12));
    let over = AtomicBool::new(false);
    let (healthy, guarded, bare, fallback) = thread::scope(|scope| {
        let fallback = scope.spawn(|| times_of_second_model(&over));
        let healthy = scope.spawn(|| play(Health::Healthy, Guard::Retries(2), script));
        let bare = scope.spawn(|| play(Health::Hung, Guard::Retries(2), script));
        let guarded = play(Health::Hung, Guard::Breakers, script);
        let (healthy, bare) = (healthy.join().unwrap(), bare.join().unwrap());
        over.store(true, Ordering::Relaxed);
        (healthy, guarded, bare, fallback.join().unwrap())
    });
    // No margin is added: the second model is so much faster than the large one that the odd delay
    // fits.
    let well = settled(&healthy, script);
    // One turn per cooldown is a probe, and may take the model's whole time limit. As many of the
    // slowest turns as there were probes are left out.
    let probes = probes(&guarded, script);
    let turns = without_slowest(settled(&guarded, script), probes);
    for times in [&well, &turns, &fallback] {
        assert!(times.len() >= ENOUGH, "{} samples are too few to tell", times.len());
    }
    let bound = p99(well) * 6 / 5 + p99(fallback);
    let (with, without) = (p99(turns), p99(settled(&bare, script)));
    println!("bound {bound:?}, with {with:?} and {probes} probes, without {without:?}");
    assert!(without > bound, "the test would not notice: p99 {without:?}, bound {bound:?}");
    (with, bound)
}

fn play(health: Health, guard: Guard, script: Script) -> Run {
    let scenario = Scenario { title: "", service: Kind::Llm, health, consolidation: false };
    run(Setup { scenario, users: USERS, seed: 1 }, guard, script).unwrap()
}

/// Returns the number of requests that reached the dead model; at most one in each cooldown.
fn probes(run: &Run, script: Script) -> usize {
    let sick = script.sick();
    let settled = sick.start + SETTLED..sick.end;
    let probes = run.received.iter().filter(|at| settled.contains(at)).count();
    let cooldowns = settled.end.abs_diff(settled.start).div_duration_f64(llm::COOLDOWN);
    assert!(probes > 0, "the breaker tries from time to time");
    assert!(f64::from(u32::try_from(probes).unwrap()) <= cooldowns + 1.0, "{probes} probes");
    probes
}

/// Returns the latencies of turns that ran while only probes reached the model.
fn settled(run: &Run, script: Script) -> Vec<Duration> {
    let sick = script.sick();
    let inside = |turn: &&Turn| turn.start >= sick.start + SETTLED && turn.end() < sick.end;
    run.turns.iter().filter(inside).map(|turn| turn.latency).collect()
}

fn without_slowest(mut turns: Vec<Duration>, number: usize) -> Vec<Duration> {
    turns.sort_unstable();
    turns.truncate(turns.len().saturating_sub(number));
    turns
}

/// Measures the second model alone, one request after another.
fn times_of_second_model(over: &AtomicBool) -> Vec<Duration> {
    let services = Services::start(2).unwrap();
    let clients = Clients::new(services.addresses()).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let mut times = Vec::new();
    while !over.load(Ordering::Relaxed) {
        let start = Instant::now();
        runtime.block_on(clients.llm.complete_by_second("hi")).unwrap();
        times.push(start.elapsed());
    }
    times
}

fn p99(times: Vec<Duration>) -> Duration {
    let mut histogram = Histogram::<u64>::new(3).unwrap();
    for time in times {
        histogram.record(u64::try_from(time.as_micros()).unwrap()).unwrap();
    }
    Duration::from_micros(histogram.value_at_quantile(0.99))
}
