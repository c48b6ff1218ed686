//! The results of runs, in lines.

use std::time::Duration;

use crate::run::{COOLDOWN, Plan, Shown};
use crate::worker::Sums;

pub(crate) fn outage_head() {
    println!(
        "run | first trip | half open | all open | early calls | per cooldown | probes per cooldown \
         | all closed after | scripts/s an instance: idle, first half second, outage | processor | memory"
    );
}

/// Early are the calls that reached the service until half a second after the first trip.
pub(crate) fn outage(name: &str, down: Duration, plan: &Plan, shown: &Shown) {
    let opened = times_of(shown, "open", down, plan.instances);
    let first = opened.first().copied();
    let early_end = first.map_or(Duration::MAX, |first| first + Duration::from_millis(500));
    let in_outage = |from: Duration, to: Duration| {
        shown.calls.iter().filter(move |call| call.failed && call.at >= from && call.at < to)
    };
    let early = in_outage(down, early_end).count();
    let up = Duration::from_secs(24);
    let settled = first.unwrap_or(down) + Duration::from_secs(1);
    let (from, to) = (settled.max(Duration::from_secs(14)), up);
    let cooldowns = to.saturating_sub(from).as_secs_f64() / COOLDOWN.as_secs_f64();
    let later = in_outage(from, to).count();
    let probes = in_outage(from, to).filter(|call| call.is_probe).count();
    let closed = times_of(shown, "closed", up, plan.instances);
    let first_probe = shown
        .calls
        .iter()
        .find(|call| !call.failed && call.is_probe && call.at >= up)
        .map(|call| call.at);
    println!(
        "{name} | {} | {} | {} | {early} | {:.2} | {:.2} | {} | {}",
        since(first, down),
        since(opened.get(plan.instances.div_ceil(2) - 1).copied(), down),
        since(opened.get(plan.instances - 1).copied(), down),
        per(later, cooldowns),
        per(probes, cooldowns),
        since(closed.last().copied(), first_probe.unwrap_or(up)),
        load(plan, shown),
    );
}

pub(crate) fn poisoned(plan: &Plan, shown: &Shown) {
    let (sick, healthy) = shown.sums.split_at(plan.poisoned);
    let rejected = |sums: &[Sums]| sums.iter().map(|sums| sums.rejected).sum::<u64>();
    let calls: u64 = healthy.iter().map(|sums| sums.ok + sums.failed + sums.rejected).sum();
    let (own, others) = (rejected(sick), rejected(healthy));
    println!("{}: rejected {own} of its own, {others} of {calls} healthy ones", plan.name);
}

pub(crate) fn chaos(plan: &Plan, shown: &Shown) {
    let mut seconds = vec![0_u32; usize::try_from(plan.length.as_secs()).unwrap_or(0) + 1];
    for call in &shown.calls {
        if let Some(count) = seconds.get_mut(usize::try_from(call.at.as_secs()).unwrap_or(0)) {
            *count += 1;
        }
    }
    let sum = |of: fn(&Sums) -> u64| shown.sums.iter().map(of).sum::<u64>();
    let slowest = shown.sums.iter().map(|sums| sums.overhead).max().unwrap_or_default();
    let mut sorted: Vec<_> = shown.sums.iter().map(|sums| sums.overhead).collect();
    sorted.sort_unstable();
    println!("{}\n  calls by second at the service: {seconds:?}", plan.name);
    println!(
        "  {} ok, {} failed, {} rejected; longest beside its own work {slowest:?}, of the middle process {:?}",
        sum(|sums| sums.ok),
        sum(|sums| sums.failed),
        sum(|sums| sums.rejected),
        sorted.get(sorted.len() / 2).copied().unwrap_or_default(),
    );
}

/// Returns when each instance first had the state from that moment on, in order.
fn times_of(shown: &Shown, state: &str, from: Duration, instances: usize) -> Vec<Duration> {
    let mut times = vec![None; instances];
    for event in shown.events.iter().filter(|event| event.at >= from && event.state == state) {
        times[event.instance].get_or_insert(event.at);
    }
    let mut times: Vec<_> = times.into_iter().flatten().collect();
    times.sort_unstable();
    times
}

fn since(moment: Option<Duration>, start: Duration) -> String {
    moment
        .map_or("never".into(), |moment| format!("{} ms", moment.saturating_sub(start).as_millis()))
}

#[allow(clippy::cast_precision_loss, reason = "counts of some thousand")]
fn per(count: usize, cooldowns: f64) -> f64 {
    count as f64 / cooldowns
}

#[allow(clippy::cast_precision_loss, reason = "counts of some thousand")]
fn load(plan: &Plan, shown: &Shown) -> String {
    let rates: Vec<_> = shown
        .loads
        .windows(2)
        .map(|pair| {
            let ((from, before), (to, after)) = (pair[0], pair[1]);
            let scripts = after.scripts.saturating_sub(before.scripts) as f64;
            scripts / to.saturating_sub(from).as_secs_f64() / plan.instances as f64
        })
        .collect();
    let [idle, first, _, steady] = rates[..] else { return "-".into() };
    let last = shown.loads.last().map(|(_, load)| *load).unwrap_or_default();
    format!("{idle:.2}, {first:.2}, {steady:.2} | {:?} | {} kB", last.processor, last.bytes / 1024)
}
