//! Several processes on one record.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use breakerbox::{Breaker, Config, EventKind, Permit, Reason, State, circuit_breaker};
use support::{COOLDOWN, Fault};

use crate::processes::Host;
use crate::{DOWN, Reply, SECOND, UP, call, rejected};

#[circuit_breaker(name = "svc", threshold = 3, cooldown = "10s")]
async fn long(ends: Arc<AtomicBool>, reply: Arc<AtomicBool>) -> Reply {
    poll_fn(|_| if ends.load(Ordering::Relaxed) { Poll::Ready(()) } else { Poll::Pending }).await;
    if reply.load(Ordering::Relaxed) { Ok(()) } else { Err(Fault::Down) }
}

fn trip() {
    for _ in 0..3 {
        assert_eq!(call(DOWN), DOWN);
    }
}

#[test]
fn failures_of_all_count_in_one_row_and_one_of_them_trips() {
    let host = Host::with(3);
    let down = host.each(|_| call(DOWN));
    assert_eq!(down, [DOWN, DOWN, DOWN]);
    assert_eq!(host.states(), [State::Closed, State::Closed, State::Open]);
    assert_eq!(host.trips(), 1);
    host.look();
    assert_eq!(host.states(), [State::Open; 3]);
    for reply in host.each(|_| call(UP)) {
        assert_eq!(rejected(reply), COOLDOWN);
    }
    let reasons = host
        .each(|number| host.processes[number].breaker().report().last_transition.unwrap().reason);
    assert_eq!(reasons, [Reason::Peer, Reason::Peer, Reason::ConsecutiveFailures]);
}

#[test]
fn success_of_one_breaks_the_row_of_all() {
    let host = Host::with(2);
    for _ in 0..4 {
        host.run(0, || call(DOWN)).unwrap_err();
        host.run(0, || call(DOWN)).unwrap_err();
        host.look();
        host.run(1, || call(UP)).unwrap();
        host.look();
    }
    assert_eq!((host.states(), host.trips()), (vec![State::Closed; 2], 0));
}

#[test]
fn one_of_all_probes_once_a_cooldown_and_closes_all() {
    let host = Host::with(5);
    host.run(0, trip);
    host.each(|_| rejected(call(UP)));
    for round in 1..=4 {
        host.advance(COOLDOWN);
        host.look();
        let reached = host.each(|_| call(DOWN) == DOWN);
        assert_eq!(reached.into_iter().filter(|reached| *reached).count(), 1, "round {round}");
        assert_eq!(host.leases(), round);
    }
    host.advance(COOLDOWN);
    host.run(3, || call(UP)).unwrap();
    host.look();
    assert_eq!(host.states(), [State::Closed; 5]);
    assert_eq!(host.leases(), 5);
}

#[test]
fn new_process_finds_what_the_others_know() {
    let host = Host::with(3);
    host.run(0, trip);
    host.advance(4 * SECOND);
    assert_eq!(rejected(host.run(1, || call(UP))), 6 * SECOND);
    host.advance(6 * SECOND);
    // The first call of a process is its first probe too.
    host.run(2, || call(UP)).unwrap();
    assert_eq!(host.processes[2].breaker().totals().probes, 1);
    assert_eq!(host.leases(), 1);
}

#[test]
fn holder_that_dies_is_followed_after_its_lease() {
    let host = Host::with(2);
    host.run(0, trip);
    host.each(|_| rejected(call(UP)));
    host.advance(COOLDOWN);
    // Its probe never ends.
    let lost = host.processes[0].breaker().try_acquire_owned().unwrap();
    assert_eq!(rejected(host.run(1, || call(UP))), COOLDOWN);
    host.advance(9 * SECOND);
    assert_eq!(rejected(host.run(1, || call(UP))), SECOND);
    host.advance(SECOND);
    host.run(1, || call(UP)).unwrap();
    std::mem::forget(lost);
}

/// A call that is out.
struct Out {
    future: Pin<Box<dyn Future<Output = Reply>>>,
    ends_at: Duration,
    ends: Arc<AtomicBool>,
}

/// Lets three processes call every second, with answers that take so long, until all are closed.
/// The service is up again after a minute. Returns when they were, and how many probes were let out
/// until then.
fn until_all_are_closed(takes: Duration) -> (Duration, u64) {
    let host = Host::with(3);
    host.run(0, trip);
    host.each(|_| rejected(call(UP)));
    let is_up = Arc::new(AtomicBool::new(false));
    let mut out: Vec<Vec<Out>> = (0..3).map(|_| Vec::new()).collect();
    let mut context = Context::from_waker(Waker::noop());
    for second in 1..600 {
        let now = SECOND * second;
        is_up.store(second >= 60, Ordering::Relaxed);
        host.advance(SECOND);
        host.look();
        for (number, out) in out.iter_mut().enumerate() {
            host.run(number, || {
                for call in out.iter().filter(|call| call.ends_at <= now) {
                    call.ends.store(true, Ordering::Relaxed);
                }
                out.retain_mut(|call| call.future.as_mut().poll(&mut context).is_pending());
                let ends = Arc::new(AtomicBool::new(false));
                let mut future = Box::pin(long(Arc::clone(&ends), Arc::clone(&is_up)));
                if future.as_mut().poll(&mut context).is_pending() {
                    out.push(Out { future, ends_at: now + takes, ends });
                }
            });
        }
        host.look();
        if second > 60 && host.states() == [State::Closed; 3] {
            return (now, host.leases());
        }
    }
    panic!("{:?} after ten minutes", host.states());
}

#[test]
fn calls_of_constant_length_come_back_on_both_sides_of_the_lease() {
    // The lease is ten seconds. A probe begins in the cooldown or lease that runs when the service
    // comes back, and ends so long after that.
    for (takes, leases_at_once) in [(1, 1), (4, 1), (9, 1), (10, 2), (11, 2), (25, 3), (95, 10)] {
        let takes = SECOND * takes;
        let (closed, leases) = until_all_are_closed(takes);
        let minute = 60 * SECOND;
        assert!(closed <= minute + COOLDOWN + takes + 2 * SECOND, "{takes:?}: {closed:?}");
        // While a probe is out for longer than a lease, another one may leave each lease.
        let most = closed.as_secs() / COOLDOWN.as_secs() + leases_at_once;
        assert!((1..=most).contains(&leases), "{takes:?}: {leases}");
    }
}

/// Trips the breakers of two processes. Each lets a probe out, and each probe outlasts its lease.
/// Returns the older probe and the younger one.
fn two_late_probes(host: &Host) -> [Permit<Arc<Breaker>>; 2] {
    host.run(0, trip);
    host.each(|_| rejected(call(UP)));
    host.advance(COOLDOWN);
    let probes = [0, 1].map(|number| {
        let probe = host.processes[number].breaker().try_acquire_owned().unwrap();
        host.advance(COOLDOWN);
        host.look();
        probe
    });
    assert_eq!(host.leases(), 2);
    probes
}

#[test]
fn success_of_a_probe_that_outlasts_its_lease_closes_all() {
    let host = Host::with(2);
    let [older, younger] = two_late_probes(&host);
    older.success();
    host.look();
    assert_eq!(host.states(), [State::Closed; 2]);
    younger.failure();
    host.look();
    assert_eq!(host.states(), [State::Closed; 2], "its lease is of an open that is over");
}

#[test]
fn failed_probe_voids_the_older_ones_everywhere() {
    let host = Host::with(2);
    let [older, younger] = two_late_probes(&host);
    younger.failure();
    host.look();
    assert_eq!(host.states(), [State::Open; 2]);
    older.success();
    host.look();
    assert_eq!(host.states(), [State::Open; 2]);
}

#[test]
fn one_warning_in_all_for_a_trip() {
    let host = Host::with(4);
    let trips = Arc::new(AtomicUsize::new(0));
    for process in &host.processes {
        let trips = Arc::clone(&trips);
        let listener = process.scope.registry().on_transition(move |event| {
            if let EventKind::Transition { from: State::Closed, to: State::Open, reason } =
                event.kind
            {
                trips.fetch_add(usize::from(reason != Reason::Peer), Ordering::Relaxed);
            }
        });
        listener.keep();
    }
    for _ in 0..5 {
        host.each(|_| call(DOWN).is_err());
    }
    host.look();
    assert_eq!((host.states(), trips.load(Ordering::Relaxed)), (vec![State::Open; 4], 1));
}

#[test]
fn late_success_of_one_process_lets_no_probe_out_beside_the_lease_of_another() {
    let host = Host::with(2);
    let config = Config::builder().threshold(1).cooldown(COOLDOWN).success_threshold(2);
    let config = config.probe_timeout(SECOND).build().unwrap();
    let [one, other] = [0, 1].map(|number: usize| {
        host.processes[number].scope.registry().get_or_insert("svc", config).unwrap()
    });
    one.try_acquire().unwrap().failure();
    host.look();
    host.advance(COOLDOWN);
    let late = one.try_acquire().unwrap();
    host.advance(SECOND);
    let _lease = other.try_acquire().unwrap();
    late.success();
    assert!(one.try_acquire().is_err());
}
