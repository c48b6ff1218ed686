//! A breaker of an earlier run, from a snapshot that was saved.

use std::sync::Arc;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, EventKind, Reason, Snapshot, State, circuit_breaker};

use support::Trace;

use crate::{global, is_rejection, parse};

const MS: Duration = Duration::from_millis(1);
const SECOND: Duration = Duration::from_secs(1);

fn config() -> Config {
    let config = Config::builder().threshold(1).cooldown(SECOND).backoff(2.0);
    config.cooldown_max(SECOND * 1_000).build().unwrap()
}

fn breaker(scope: &Scope) -> Arc<Breaker> {
    scope.registry().get_or_insert("restored", config()).unwrap()
}

/// Opens the breaker `times` times in a row.
fn open(scope: &Scope, breaker: &Breaker, times: u32) {
    for time in 0..times {
        breaker.try_acquire().unwrap().failure();
        if time + 1 < times {
            scope.advance(breaker.snapshot().remaining_cooldown.unwrap());
        }
    }
}

/// Saves the breaker, and restores it in another run.
fn run_again(breaker: &Breaker) -> (Scope, Arc<Breaker>) {
    let saved = serde_json::to_string(&breaker.snapshot()).unwrap();
    let scope = Scope::enter();
    scope.advance(SECOND * 77);
    let again = self::breaker(&scope);
    again.restore(serde_json::from_str::<Snapshot>(&saved).unwrap());
    (scope, again)
}

#[test]
fn open_breaker_of_an_earlier_run_is_no_second_warning() {
    let scope = Scope::enter();
    let before = breaker(&scope);
    let trace = Trace::default();
    trace.watch(|| open(&scope, &before, 1));
    trace.watch(|| drop(run_again(&before)));
    let levels: Vec<_> = trace.records().into_iter().map(|(level, _)| level).collect();
    assert_eq!(levels, [tracing::Level::WARN, tracing::Level::INFO]);
}

#[test]
fn open_breaker_goes_on_with_its_cooldown_and_back_off() {
    let scope = Scope::enter();
    let before = breaker(&scope);
    open(&scope, &before, 4);
    assert_eq!(before.snapshot().cooldown, Some(SECOND * 8));
    scope.advance(SECOND * 3);
    let (scope, after) = run_again(&before);
    let snapshot = after.snapshot();
    assert_eq!((snapshot.state, snapshot.openings), (State::Open, 4));
    assert_eq!(snapshot.remaining_cooldown, Some(SECOND * 5));
    scope.advance(Duration::from_millis(4_999));
    assert!(after.try_acquire().is_err());
    scope.advance(Duration::from_millis(1));
    after.try_acquire().unwrap().failure();
    assert_eq!(after.snapshot().cooldown, Some(SECOND * 16), "the fifth");
    scope.advance(SECOND * 16);
    after.try_acquire().unwrap().success();
    after.try_acquire().unwrap().failure();
    assert_eq!(after.snapshot().cooldown, Some(SECOND), "closing starts it anew");
}

#[test]
fn closed_breaker_goes_on_with_its_back_off_until_it_has_been_closed_for_long_enough() {
    let slow_to_forget = |scope: &Scope| {
        let config = Config::builder().threshold(1).cooldown(SECOND).backoff(2.0);
        let config = config.cooldown_max(SECOND * 60).backoff_reset(SECOND * 10);
        scope.registry().get_or_insert("flapping", config.build().unwrap()).unwrap()
    };
    let scope = Scope::enter();
    let before = slow_to_forget(&scope);
    open(&scope, &before, 3);
    scope.advance(SECOND * 4);
    before.try_acquire().unwrap().success();
    let saved = before.snapshot();
    assert_eq!((saved.state, saved.openings), (State::Closed, 3));
    for resets in [false, true] {
        let scope = Scope::enter();
        let after = slow_to_forget(&scope);
        if resets {
            after.reset();
        }
        after.restore(&saved);
        assert_eq!(after.snapshot().openings, 3);
        after.try_acquire().unwrap().failure();
        assert_eq!(after.snapshot().cooldown, Some(SECOND * 8), "the fourth");
        after.reset();
        assert_eq!(after.snapshot().openings, 0, "by hand");
    }
}

#[test]
fn openings_of_a_closed_breaker_are_shown_while_the_next_trip_would_be_one_more() {
    for reset in [None, Some(SECOND * 10)] {
        let scope = Scope::enter();
        let config = Config::builder().threshold(1).cooldown(SECOND).backoff(2.0);
        let config = config.cooldown_max(SECOND * 60);
        let config = reset.map_or(config, |reset| config.backoff_reset(reset));
        let breaker = scope.registry().get_or_insert("shown", config.build().unwrap()).unwrap();
        open(&scope, &breaker, 2);
        scope.advance(SECOND * 2);
        breaker.try_acquire().unwrap().success();
        let openings = || (breaker.state(), breaker.snapshot().openings);
        assert_eq!(openings(), (State::Closed, if reset.is_some() { 2 } else { 0 }));
        scope.advance(MS * 9_999);
        assert_eq!(openings(), (State::Closed, if reset.is_some() { 2 } else { 0 }));
        scope.advance(MS);
        assert_eq!(openings(), (State::Closed, 0));
    }
}

#[test]
fn half_open_breaker_is_probed_by_the_next_call() {
    let scope = Scope::enter();
    let before = breaker(&scope);
    open(&scope, &before, 2);
    scope.advance(SECOND * 2);
    let probe = before.try_acquire().unwrap();
    assert_eq!(before.state(), State::HalfOpen);
    let (_scope, after) = run_again(&before);
    drop(probe);
    let probe = after.try_acquire().unwrap();
    assert_eq!(after.state(), State::HalfOpen);
    assert!(after.try_acquire().is_err());
    probe.failure();
    assert_eq!(after.snapshot().cooldown, Some(SECOND * 4));
}

#[test]
fn other_states_are_taken_over() {
    type Control = fn(&Breaker);
    let states: [(Control, State); 5] = [
        (Breaker::reset, State::Closed),
        (Breaker::force_open, State::Isolated),
        (Breaker::disable, State::Disabled),
        (Breaker::observe, State::Observing),
        (|breaker| breaker.open_for(Duration::MAX), State::Open),
    ];
    for (control, state) in states {
        let scope = Scope::enter();
        let before = breaker(&scope);
        control(&before);
        let (scope, after) = run_again(&before);
        assert_eq!(after.state(), state);
        scope.advance(SECOND * 1_000_000);
        let admits = !matches!(state, State::Isolated | State::Open);
        assert_eq!(after.is_call_permitted(), admits, "{state}");
        after.reset();
        after.try_acquire().unwrap().success();
        assert_eq!(after.state(), State::Closed);
    }
}

#[test]
fn restoring_is_one_transition_and_again_none() {
    let scope = Scope::enter();
    let before = breaker(&scope);
    open(&scope, &before, 1);
    let saved = before.snapshot();
    let (_scope, after) = (Scope::enter(), Arc::new(Breaker::new("other", config())));
    let seen = Arc::new(std::sync::Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    after.on_event(move |event| log.lock().unwrap().push(event.kind)).keep();
    after.restore(&saved);
    after.restore(&saved);
    let (from, to, reason) = (State::Closed, State::Open, Reason::Restored);
    assert_eq!(*seen.lock().unwrap(), [EventKind::Transition { from, to, reason }]);
}

#[test]
fn annotated_function_is_held_by_what_was_restored_before_its_first_call() {
    let saved = {
        let _scope = Scope::enter();
        assert!(parse("x").is_err());
        serde_json::to_string(&global("parse").snapshot()).unwrap()
    };
    let scope = Scope::enter();
    scope
        .registry()
        .breaker("parse")
        .unwrap()
        .restore(serde_json::from_str::<Snapshot>(&saved).unwrap());
    assert!(is_rejection(&parse("1")));
    scope.advance(SECOND);
    assert_eq!(parse("1").unwrap(), 1);
}

#[circuit_breaker(name = "tenant", key = tenant, threshold = 1)]
fn tenant(tenant: &str) -> crate::Reply {
    Ok(tenant.parse()?)
}

#[test]
fn snapshot_of_a_key_reads_back() {
    let scope = Scope::enter();
    assert!(tenant("a b/c").is_err());
    let snapshot = scope.registry().snapshots().pop().unwrap();
    let text = serde_json::to_string(&snapshot).unwrap();
    assert_eq!(serde_json::from_str::<Snapshot>(&text).unwrap(), snapshot);
}

#[test]
fn nonsense_is_an_error_or_does_no_harm() {
    let scope = Scope::enter();
    let snapshot = serde_json::to_value(breaker(&scope).snapshot()).unwrap();
    let with = |key: &str, value: serde_json::Value| {
        let mut changed = snapshot.clone();
        changed[key] = value;
        serde_json::from_value::<Snapshot>(changed)
    };
    let error = |key, value| with(key, value).unwrap_err().to_string();
    assert!(error("state", "ajar".into()).contains("unknown variant `ajar`"));
    assert!(error("name", "".into()).contains("empty"), "{}", error("name", "".into()));
    assert!(error("openings", (-1).into()).contains("-1"));

    let length = |secs: u64| serde_json::json!({ "secs": secs, "nanos": 999_999_999 });
    for state in ["closed", "open", "half-open", "isolated", "disabled", "observing"] {
        for secs in [0, u64::MAX] {
            let mut odd = with("state", state.into()).unwrap();
            odd.openings = u16::MAX;
            odd.episode = u64::MAX;
            odd.consecutive_failures = u16::MAX;
            odd.probes_in_flight = u8::MAX;
            odd.remaining_cooldown = Some(serde_json::from_value(length(secs)).unwrap());
            let breaker = Breaker::new("odd", config());
            breaker.restore(&odd);
            breaker.restore(&odd);
            breaker.half_open();
            breaker.try_acquire().unwrap().failure();
            // Leaving closed by hand starts the back-off anew.
            let longest = if ["closed", "observing"].contains(&state) { 1 } else { 1_000 };
            assert_eq!(breaker.snapshot().cooldown, Some(SECOND * longest), "{state}");
            breaker.reset();
            breaker.try_acquire().unwrap().failure();
            assert_eq!(breaker.snapshot().cooldown, Some(SECOND), "{state}");
        }
    }
    assert!(with("added_later", 7.into()).is_ok(), "unknown fields are ignored");
}
