//! `Permit::watch`: each rule, through a closed breaker and a half-open one.

mod limits;
mod slow;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use breakerbox::testing::Scope;
use breakerbox::{CallOutcome, FailureKind, Outcome, State, Verdict, Watched};
use futures_util::{Stream, StreamExt, stream};

use super::{
    ADMITTING, Call, Duration, Fault, Item, MS, Pin, Service, Subject, config, finds_none, hanging,
    next, reply,
};

const SLOW: Duration = Duration::from_secs(2);
const LIMIT: Duration = Duration::from_secs(10);

type Stream1 = Pin<Box<dyn Stream<Item = Item>>>;

impl Subject {
    fn watch<S: Stream>(&self, stream: S) -> Watched<Arc<breakerbox::Breaker>, S> {
        self.breaker.try_acquire_owned().unwrap().watch(stream)
    }

    fn stream(&self) -> (Service, Stream1) {
        let (service, stream) = reply();
        (service, Box::pin(self.watch(stream)))
    }

    /// All calls that end from now on.
    fn listen(&self) -> Arc<Mutex<Vec<CallOutcome>>> {
        let heard = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&heard);
        self.breaker.on_outcome(move |call| log.lock().unwrap().push(call.clone())).keep();
        heard
    }
}

fn subjects(scope: &Scope) -> impl Iterator<Item = Subject> {
    ADMITTING.into_iter().map(|state| Subject::new(scope, state, config()))
}

/// Rules 1 and 3.
#[test]
fn end_of_the_stream_is_the_success() {
    let scope = Scope::enter();
    for subject in subjects(&scope) {
        let (service, mut stream) = subject.stream();
        for item in 0..3 {
            service.send(Ok(item)).unwrap();
            assert_eq!(next(&mut stream), Some(Ok(item)));
            assert_eq!(subject.call(), Call::Out);
        }
        drop(service);
        assert_eq!(next(&mut stream), None);
        assert_eq!(subject.call(), Call::Success);
    }
}

#[test]
fn stream_without_items_is_a_success() {
    let scope = Scope::enter();
    for subject in subjects(&scope) {
        let mut stream = Box::pin(subject.watch(stream::empty::<Item>()));
        assert_eq!(next(&mut stream), None);
        assert_eq!(subject.call(), Call::Success);
    }
}

/// Rule 1.
#[test]
fn failures_in_the_middle_are_one_failure_at_once_and_later_items_are_passed_on() {
    let scope = Scope::enter();
    for subject in subjects(&scope) {
        let heard = subject.listen();
        let (service, mut stream) = subject.stream();
        for item in [Ok(1), Err(Fault::Overloaded)] {
            service.send(item.clone()).unwrap();
            assert_eq!(next(&mut stream), Some(item));
        }
        assert_eq!(subject.call(), Call::Failure);
        for item in [Err(Fault::Overloaded), Ok(2), Err(Fault::Overloaded)] {
            service.send(item.clone()).unwrap();
            assert_eq!(next(&mut stream), Some(item));
        }
        drop(service);
        assert_eq!(next(&mut stream), None);
        drop(stream);
        assert_eq!(heard.lock().unwrap().len(), 1);
        assert_eq!(
            subject.breaker.totals().failures(FailureKind::Error),
            1 + u64::from(subject.began == State::Closed)
        );
    }
}

#[test]
fn open_breaker_gives_no_permit() {
    let scope = Scope::enter();
    let subject = Subject::new(&scope, State::Open, config());
    assert!(subject.breaker.try_acquire().is_err());
}

/// Rule 2: judged by a function.
#[test]
fn judge_says_which_items_fail_and_which_end_the_call_as_nothing() {
    let scope = Scope::enter();
    let judge = |item: &u8| match item {
        0 => Outcome::Success,
        1 => Outcome::Ignored,
        _ => Outcome::Failure,
    };
    for subject in subjects(&scope) {
        let mut stream = Box::pin(subject.watch(hanging([0, 2, 0])).judge(judge));
        assert_eq!((next(&mut stream), subject.call()), (Some(0), Call::Out));
        assert_eq!((next(&mut stream), subject.call()), (Some(2), Call::Failure));
        assert_eq!((next(&mut stream), subject.call()), (Some(0), Call::Failure));
    }
    for subject in subjects(&scope) {
        let mut stream = Box::pin(subject.watch(hanging([0, 1, 2])).judge(judge));
        for item in [0, 1, 2] {
            assert_eq!(next(&mut stream), Some(item));
        }
        assert!(subject.counts_as_nothing());
    }
}

#[test]
fn item_may_trip_and_say_for_how_long() {
    let scope = Scope::enter();
    let hint = Duration::from_secs(77);
    let subject = Subject::new(&scope, State::Closed, config().threshold(9));
    let judge = |_: &u8| Verdict::from(Outcome::Failure).trip().retry_after(hint);
    let mut stream = Box::pin(subject.watch(hanging([1])).judge(judge));
    assert_eq!(next(&mut stream), Some(1));
    assert_eq!(subject.breaker.snapshot().cooldown, Some(hint));
}

/// Rule 3.
#[test]
fn until_first_ends_the_call_with_the_first_item() {
    let scope = Scope::enter();
    for (first, call) in [(Ok(1), Call::Success), (Err(Fault::Overloaded), Call::Failure)] {
        for subject in subjects(&scope) {
            let (service, stream) = reply();
            let mut stream = Box::pin(subject.watch(stream).until_first());
            finds_none(&mut stream);
            assert_eq!(subject.call(), Call::Out);
            service.send(first.clone()).unwrap();
            assert_eq!(next(&mut stream), Some(first.clone()));
            assert_eq!(subject.call(), call);
            service.send(Err(Fault::Overloaded)).unwrap();
            assert_eq!(next(&mut stream), Some(Err(Fault::Overloaded)));
            drop(stream);
            assert_eq!(subject.call(), call, "what follows does not count");
        }
    }
}

/// Rule 4.
#[test]
fn reader_who_walks_away_is_no_failure_unless_asked_for() {
    let scope = Scope::enter();
    for items in [Vec::<Item>::new(), vec![Ok(1), Ok(2)]] {
        for subject in subjects(&scope) {
            let mut stream = Box::pin(subject.watch(hanging(items.clone())));
            for item in &items {
                assert_eq!(next(&mut stream).as_ref(), Some(item));
            }
            drop(stream);
            assert!(subject.counts_as_nothing());
        }
        for subject in subjects(&scope) {
            let stream = subject.watch(hanging(items.clone())).fail_on_cancel();
            let mut stream = Box::pin(stream);
            for item in &items {
                assert_eq!(next(&mut stream).as_ref(), Some(item));
            }
            drop(stream);
            assert_eq!(subject.call(), Call::Failure);
        }
    }
}

#[test]
fn consumer_that_panics_is_no_failure_and_a_stream_that_panics_is_one() {
    let scope = Scope::enter();
    for subject in subjects(&scope) {
        let stream = subject.watch(hanging([Item::Ok(1)]));
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let _held = stream;
            panic!("on purpose");
        }));
        assert!(panicked.is_err() && subject.counts_as_nothing());
    }
    for subject in subjects(&scope) {
        let broken = stream::once(async { panic!("on purpose") });
        let mut stream = Box::pin(subject.watch(broken).judge(|_: &u8| Outcome::Success));
        assert!(catch_unwind(AssertUnwindSafe(|| next(&mut stream))).is_err());
        drop(stream);
        assert_eq!(subject.call(), Call::Failure);
    }
}

/// Rule 7.
#[test]
fn probe_keeps_its_slot_until_the_end() {
    let scope = Scope::enter();
    let probe_timeout = Duration::from_secs(30);
    let config = config().probe_timeout(probe_timeout);
    let subject = Subject::new(&scope, State::HalfOpen, config);
    let (service, mut stream) = subject.stream();
    for item in 0..4 {
        scope.advance(probe_timeout - MS);
        assert!(subject.breaker.try_acquire().is_err(), "anew with each item");
        service.send(Ok(item)).unwrap();
        assert_eq!(next(&mut stream), Some(Ok(item)));
    }
    scope.advance(probe_timeout);
    let other = subject.breaker.try_acquire().expect("the slot is free");
    other.ignore();
    drop(service);
    assert_eq!(next(&mut stream), None);
    assert_eq!(subject.call(), Call::Success, "the outcome counts all the same");
}

/// Rule 7: to the first item.
#[test]
fn probe_without_an_item_loses_its_slot_at_its_timeout() {
    let scope = Scope::enter();
    let probe_timeout = Duration::from_secs(30);
    let config = config().probe_timeout(probe_timeout);
    let subject = Subject::new(&scope, State::HalfOpen, config);
    let (_service, mut stream) = subject.stream();
    finds_none(&mut stream);
    scope.advance(probe_timeout - MS);
    assert!(subject.breaker.try_acquire().is_err());
    scope.advance(MS);
    assert!(subject.breaker.try_acquire().is_ok());
}

#[tokio::test(start_paused = true)]
async fn probe_keeps_its_slot_for_as_long_as_it_may_wait() {
    let scope = Scope::enter();
    let config = config().probe_timeout(MS);
    let subject = Subject::new(&scope, State::HalfOpen, config);
    let (service, stream) = reply::<Item>();
    let mut stream = Box::pin(subject.watch(stream).first(LIMIT).stall(2 * LIMIT));
    for length in [LIMIT, 2 * LIMIT, 2 * LIMIT] {
        scope.advance(length - MS);
        assert!(subject.breaker.try_acquire().is_err());
        service.send(Ok(1)).unwrap();
        assert_eq!(stream.next().await, Some(Ok(1)));
    }
    scope.advance(2 * LIMIT);
    assert!(subject.breaker.try_acquire().is_ok());
}

/// Calls of the stream itself are a part of its probe.
#[test]
fn stream_of_a_probe_may_call_its_breaker() {
    let scope = Scope::enter();
    let subject = Subject::new(&scope, State::HalfOpen, config());
    let breaker = Arc::clone(&subject.breaker);
    let inner = stream::repeat_with(move || breaker.call(|| Item::Ok(1))).take(3);
    let mut stream = Box::pin(subject.watch(inner));
    for _ in 0..3 {
        assert_eq!(next(&mut stream), Some(Ok(1)));
        assert!(!breakerbox::is_probe(), "between two polls it is outside");
    }
    assert_eq!((next(&mut stream), subject.call()), (None, Call::Success));
}

#[test]
fn stream_says_how_many_items_to_expect() {
    let scope = Scope::enter();
    let subject = Subject::new(&scope, State::Closed, config());
    let items = || stream::iter([Item::Ok(1), Ok(2)]);
    assert_eq!(subject.watch(items()).size_hint(), (2, Some(2)));
    assert_eq!(subject.watch(items()).stall(LIMIT).size_hint(), (0, Some(3)));
}
