//! Events of annotated functions, to listeners and to `tracing`.

use std::sync::{Arc, Mutex};

use breakerbox::testing::Scope;
use breakerbox::{Event, EventKind, Reason, State, circuit_breaker};
use support::Trace;
use tracing::Level;

use crate::{CallError, DOWN, Error, answer, ms};

#[circuit_breaker(name = "told", threshold = 2, cooldown = "1s")]
fn told(outcome: Result<(), Error>) -> Result<(), CallError> {
    answer(outcome)
}

type Log = Arc<Mutex<Vec<Event>>>;

fn log() -> (Log, impl Fn(&Event) + Send + Sync + 'static) {
    let log = Log::default();
    let copy = Arc::clone(&log);
    (log, move |event: &Event| copy.lock().unwrap().push(event.clone()))
}

fn kinds(log: &Log) -> Vec<EventKind> {
    log.lock().unwrap().iter().map(|event| event.kind).collect()
}

/// [E4]
#[test]
fn whole_cycle_is_told_in_order_to_a_listener_that_came_before_the_breaker() {
    let scope = Scope::enter();
    let (log, listener) = log();
    let _subscription = scope.registry().on_event(listener);
    let _ = told(DOWN);
    let _ = told(DOWN);
    let _ = told(DOWN); // rejected
    scope.advance(ms(1_000));
    told(Ok(())).unwrap();
    let moves = |from, to, reason| EventKind::Transition { from, to, reason };
    assert_eq!(
        kinds(&log),
        [
            moves(State::Closed, State::Open, Reason::ConsecutiveFailures),
            EventKind::Rejected { state: State::Open },
            moves(State::Open, State::HalfOpen, Reason::CooldownOver),
            moves(State::HalfOpen, State::Closed, Reason::ProbesSucceeded),
        ]
    );
    let log = log.lock().unwrap();
    assert_eq!(log.iter().map(|event| event.episode).collect::<Vec<_>>(), [1, 1, 2, 3]);
    assert_eq!(log[0].remaining_cooldown, Some(ms(1_000)));
    assert!(log.iter().all(|event| event.name == "told"));
}

/// [E1, E3]
#[test]
fn listener_may_panic_reenter_and_leave_without_loss() {
    let scope = Scope::enter();
    let (log, listener) = log();
    told(Ok(())).unwrap();
    let breaker = scope.registry().get("told").unwrap();
    let _panics = breaker.on_event(|_| panic!("a listener's own trouble"));
    let itself = Arc::new(Mutex::new(None));
    let (holder, inner) = (Arc::clone(&itself), Arc::clone(&breaker));
    let leaves = breaker.on_event(move |event| {
        // Reads, calls, resets, and unsubscribes itself.
        assert_eq!(inner.state(), State::Open);
        assert!(inner.try_acquire().is_err());
        if matches!(event.kind, EventKind::Transition { to: State::Open, .. }) {
            inner.reset();
        }
        drop(holder.lock().unwrap().take());
    });
    *itself.lock().unwrap() = Some(leaves);
    let _subscription = breaker.on_event(listener);
    assert_eq!(told(DOWN), answer(DOWN));
    assert_eq!(told(DOWN), answer(DOWN), "the call's own result");
    assert_eq!(breaker.state(), State::Closed);
    let transitions: Vec<_> = kinds(&log)
        .into_iter()
        .filter_map(|kind| match kind {
            EventKind::Transition { from, to, .. } => Some((from, to)),
            _ => None,
        })
        .collect();
    assert_eq!(transitions, [(State::Closed, State::Open), (State::Open, State::Closed)]);
}

#[test]
fn trip_is_one_warning_however_many_calls_fail() {
    let _scope = Scope::enter();
    let trace = Trace::default();
    trace.watch(|| {
        for _ in 0..20 {
            let _ = told(DOWN);
        }
    });
    let records = trace.records();
    let count = |wanted| records.iter().filter(|(level, _)| *level == wanted).count();
    assert_eq!((count(Level::WARN), count(Level::DEBUG)), (1, 18));
}

#[test]
fn snapshots_serialize() {
    let scope = Scope::enter();
    let _ = told(DOWN);
    let json = serde_json::to_value(scope.registry().snapshots()).unwrap();
    assert_eq!(json[0]["name"], "told");
    assert_eq!(json[0]["state"], "closed");
    assert_eq!(json[0]["consecutive_failures"], 1);
    assert_eq!((&json[0]["family"], json[0]["key"].is_null()), (&"told".into(), true));
}
