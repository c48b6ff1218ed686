//! Calls that hang are slow before they return. The clock is moved by hand.

mod probes;
mod retuned;

use std::future::Future;
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{
    Breaker, BreakerError, Config, ConfigBuilder, Event, EventKind, Outcome, Permit, Reason,
    Registry, Snapshot, State, circuit_breaker,
};
use support::{Fault, Reply, named, now};
use tokio::sync::oneshot;

const MS: Duration = Duration::from_millis(1);
const SLOW: Duration = Duration::from_secs(2);
/// The age at which a call that hangs is found, if calls keep coming.
const FOUND: Duration = Duration::from_millis(2_250);

fn is_rejected(reply: &Reply) -> bool {
    matches!(reply, Err(Fault::Rejected(_)))
}

/// Listens to the transitions of all breakers of the registry, with their reasons.
fn transitions(registry: &Registry) -> Arc<Mutex<Vec<(State, Reason)>>> {
    let heard = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&heard);
    let listener = move |event: &Event| {
        if let EventKind::Transition { to, reason, .. } = event.kind {
            tell.lock().unwrap().push((to, reason));
        }
    };
    registry.on_event(listener).keep();
    heard
}

/// The test's end of a service that answers when told to.
struct Service(mpsc::Sender<Reply>, mpsc::Receiver<()>);

/// The end of a service that a call waits for.
struct Line(mpsc::Receiver<Reply>, mpsc::Sender<()>);

fn service() -> (Service, Line) {
    let ((answer, wait), (tell, begun)) = (mpsc::channel(), mpsc::channel());
    (Service(answer, begun), Line(wait, tell))
}

#[circuit_breaker(name = "hang", threshold = 3, slow_call = "2s", cooldown = "10s")]
fn answer(line: Option<&Line>) -> Reply {
    let Some(Line(answer, begun)) = line else { return Ok(1) };
    begun.send(()).unwrap();
    answer.recv().unwrap()
}

/// Makes calls that hang, each on a thread of its own, lets `test` run beside them, and lets them
/// return what `reply` says.
fn while_calls_hang(scope: &Scope, calls: usize, reply: &Reply, test: impl FnOnce()) {
    thread::scope(|threads| {
        let hang = |_| {
            let (Service(answer, begun), line) = service();
            let scope = scope.handle();
            threads.spawn(move || {
                let _entered = scope.enter();
                self::answer(Some(&line))
            });
            begun.recv().unwrap();
            answer
        };
        let services: Vec<_> = (0..calls).map(hang).collect();
        test();
        for answer in services {
            answer.send(reply.clone()).unwrap();
        }
    });
}

#[test]
fn sync_service_that_never_answers_opens_its_breaker() {
    let scope = Scope::enter();
    let heard = transitions(scope.registry());
    while_calls_hang(&scope, 3, &Ok(1), || {
        scope.advance(SLOW - MS);
        assert_eq!(answer(None), Ok(1), "none has been out for long enough");
        scope.advance(FOUND - SLOW + MS);
        let breaker = named(&scope, "hang");
        assert_eq!((breaker.state(), breaker.is_call_permitted()), (State::Closed, true));
        assert!(is_rejected(&answer(None)), "three calls hang");
        assert_eq!(*heard.lock().unwrap(), [(State::Open, Reason::SlowCalls)]);
    });
    let snapshot = named(&scope, "hang").snapshot();
    assert_eq!((snapshot.state, snapshot.late_outcomes), (State::Open, 3));
}

#[test]
fn too_few_calls_that_hang_are_failures_in_a_row_and_count_once() {
    let scope = Scope::enter();
    while_calls_hang(&scope, 2, &Ok(1), || {
        scope.advance(FOUND);
        let breaker = named(&scope, "hang");
        assert_eq!(breaker.snapshot().consecutive_failures, 0, "reading counts nothing");
        let permit = breaker.try_acquire().unwrap();
        assert_eq!(breaker.snapshot().consecutive_failures, 2);
        permit.ignore();
    });
    let snapshot = named(&scope, "hang").snapshot();
    assert_eq!((snapshot.consecutive_failures, snapshot.late_outcomes), (2, 0));
}

#[circuit_breaker(name = "async", threshold = 2, slow_call = "2s", cooldown = "10s")]
async fn wait(answer: oneshot::Receiver<Reply>) -> Reply {
    answer.await.unwrap()
}

#[circuit_breaker(name = "async", fallback = Ok(7))]
async fn ask(reply: Reply) -> Reply {
    std::future::ready(reply).await
}

#[tokio::test]
async fn tasks_that_hang_open_their_breaker_and_the_fallback_answers() {
    let scope = Scope::enter();
    let mut lines = Vec::new();
    let tasks: Vec<_> = (0..2)
        .map(|_| {
            let (line, answer) = oneshot::channel();
            lines.push(line);
            tokio::spawn(scope.handle().wrap(wait(answer)))
        })
        .collect();
    tokio::task::yield_now().await;
    scope.advance(FOUND);
    assert_eq!(ask(Ok(1)).await, Ok(7));
    for line in lines {
        line.send(Ok(3)).unwrap();
    }
    for task in tasks {
        assert_eq!(task.await.unwrap(), Ok(3), "its caller still gets the answer");
    }
}

#[test]
fn future_that_is_dropped_in_time_does_not_hang() {
    let scope = Scope::enter();
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..5 {
        let (_line, answer) = oneshot::channel();
        let mut call = Box::pin(wait(answer));
        assert!(call.as_mut().poll(&mut context).is_pending());
        scope.advance(SLOW - MS);
        drop(call);
    }
    scope.advance(FOUND);
    assert_eq!(now(ask(Ok(1))), Ok(1));
    assert_eq!(named(&scope, "async").snapshot().consecutive_failures, 0);
}

/// A breaker without a function, whose calls are permits.
fn breaker_of(scope: &Scope, config: ConfigBuilder) -> Arc<Breaker> {
    let config = config.slow_call(SLOW).cooldown(Duration::from_secs(10)).build().unwrap();
    scope.registry().get_or_insert("service", config).unwrap()
}

fn begin(breaker: &Arc<Breaker>) -> Permit<Arc<Breaker>> {
    breaker.try_acquire_owned().unwrap()
}

fn totals(breaker: &Breaker) -> [u64; 3] {
    let Snapshot { calls, failures, slow_calls, .. } = breaker.snapshot();
    [calls, failures, slow_calls].map(Option::unwrap)
}

/// Windows of calls and of time.
fn windows() -> [ConfigBuilder; 2] {
    let config = Config::builder();
    [config.window_calls(10), config.window_time(Duration::from_secs(60))]
}

#[test]
fn hanging_call_is_one_recorded_call_and_a_failure() {
    for window in windows() {
        let scope = Scope::enter();
        let breaker = breaker_of(&scope, window.failure_rate(1.0).min_calls(10));
        let (quick, slow) = (begin(&breaker), begin(&breaker));
        quick.success();
        scope.advance(FOUND);
        begin(&breaker).ignore();
        assert_eq!(totals(&breaker), [2, 1, 1]);
        slow.success();
        assert_eq!(totals(&breaker), [2, 1, 1], "what it returns later counts for nothing");
        scope.advance(10 * SLOW);
        begin(&breaker).ignore();
        assert_eq!(totals(&breaker), [2, 1, 1], "and it is not counted again");
    }
}

#[test]
fn failure_rate_trips_on_calls_that_hang() {
    for window in windows() {
        let scope = Scope::enter();
        let heard = transitions(scope.registry());
        let breaker = breaker_of(&scope, window.failure_rate(0.5).min_calls(4));
        let hanging = [(); 2].map(|()| begin(&breaker));
        (0..2).for_each(|_| begin(&breaker).success());
        scope.advance(FOUND);
        assert!(breaker.try_acquire().is_err());
        assert_eq!(*heard.lock().unwrap(), [(State::Open, Reason::SlowCalls)]);
        drop(hanging);
    }
}

#[test]
fn slow_rate_trips_on_calls_that_hang() {
    for window in windows() {
        let scope = Scope::enter();
        let heard = transitions(scope.registry());
        let breaker = breaker_of(&scope, window.slow_rate(0.5).min_calls(4));
        let hanging = [(); 2].map(|()| begin(&breaker));
        (0..2).for_each(|_| begin(&breaker).success());
        scope.advance(FOUND);
        assert!(matches!(breaker.try_acquire(), Err(BreakerError::Open { .. })));
        assert_eq!(*heard.lock().unwrap(), [(State::Open, Reason::SlowCalls)]);
        drop(hanging);
    }
}

#[test]
fn failure_of_a_hanging_call_is_added_to_it_under_a_slow_rate() {
    for window in windows() {
        let scope = Scope::enter();
        let config = window.slow_rate(1.0).failure_rate(0.4).threshold(9).min_calls(5);
        let breaker = breaker_of(&scope, config);
        let mut hanging: Vec<_> = (0..4).map(|_| begin(&breaker)).collect();
        begin(&breaker).success();
        scope.advance(FOUND);
        begin(&breaker).ignore();
        assert_eq!(totals(&breaker), [5, 0, 4]);
        hanging.pop().unwrap().success();
        hanging.pop().unwrap().failure();
        assert_eq!(totals(&breaker), [5, 1, 4]);
        assert_eq!(breaker.snapshot().consecutive_failures, 1);
        scope.advance(SLOW);
        hanging.pop().unwrap().failure();
        assert_eq!(breaker.state(), State::Open, "two failures of five calls");
        drop(hanging);
    }
}

#[test]
fn failure_of_a_hanging_call_that_has_left_the_window_is_not_added() {
    for window in windows() {
        let scope = Scope::enter();
        let breaker = breaker_of(&scope, window.slow_rate(1.0).min_calls(10));
        let hanging = begin(&breaker);
        scope.advance(FOUND);
        begin(&breaker).success();
        scope.advance(Duration::from_secs(70));
        (0..10).for_each(|_| begin(&breaker).success());
        assert_eq!(totals(&breaker), [10, 0, 0]);
        hanging.failure();
        assert_eq!(totals(&breaker), [10, 0, 0]);
    }
}

#[test]
fn observing_breaker_counts_what_it_would_have_rejected_for_calls_that_hang() {
    let scope = Scope::enter();
    let breaker = breaker_of(&scope, Config::builder().threshold(2));
    breaker.observe();
    let hanging = [(); 2].map(|()| begin(&breaker));
    scope.advance(FOUND);
    begin(&breaker).success();
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.state, snapshot.observed_rejections), (State::Observing, 1));
    drop(hanging);
}

#[test]
fn panic_of_a_call_that_was_counted_counts_for_nothing() {
    let scope = Scope::enter();
    let breaker = breaker_of(&scope, Config::builder().threshold(9));
    let hanging = begin(&breaker);
    scope.advance(FOUND);
    begin(&breaker).ignore();
    let panics = || hanging.run(|| panic!("in the body"), |(): &()| Outcome::Success);
    assert!(std::panic::catch_unwind(std::panic::AssertUnwindSafe(panics)).is_err());
    assert_eq!(breaker.snapshot().consecutive_failures, 1);
}

#[circuit_breaker(name = "keyed", key = key, threshold = 1, slow_call = "2s")]
async fn by_key(key: &str, answer: Option<oneshot::Receiver<Reply>>) -> Reply {
    match answer {
        Some(answer) => answer.await.unwrap(),
        None => Ok(1),
    }
}

#[test]
fn hanging_call_of_one_key_opens_no_other() {
    let scope = Scope::enter();
    let mut context = Context::from_waker(Waker::noop());
    let (_line, answer) = oneshot::channel();
    let mut call = Box::pin(by_key("dead", Some(answer)));
    assert!(call.as_mut().poll(&mut context).is_pending());
    scope.advance(FOUND);
    assert_eq!(now(by_key("well", None)), Ok(1));
    assert!(is_rejected(&now(by_key("dead", None))));
}
