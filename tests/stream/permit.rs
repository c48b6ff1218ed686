//! `Permit::watch`: each rule, through a closed breaker and a half-open one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex};

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, CallOutcome, FailureKind, Outcome, State, Verdict, Watched};
use futures_util::{Stream, StreamExt, stream};
use tokio::time::Instant;

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

/// Rule 5.
#[tokio::test(start_paused = true)]
async fn stream_without_a_first_item_in_time_is_a_failure() {
    let scope = Scope::enter();
    for subject in subjects(&scope) {
        let (service, stream) = reply::<Item>();
        let mut stream = Box::pin(subject.watch(stream).first(LIMIT));
        let began = Instant::now();
        let last = stream.next().await;
        assert!(began.elapsed() >= LIMIT && began.elapsed() < LIMIT + 2 * MS);
        let Some(Err(Fault::Breaker(BreakerError::TimedOut { name, after, .. }))) = last else {
            panic!("{last:?}")
        };
        assert_eq!((&name, after), (subject.breaker.name(), LIMIT));
        assert_eq!(subject.call(), Call::Failure);
        assert!(service.is_closed(), "the stream inside is dropped at once");
        assert_eq!(stream.next().await, None);
        assert_eq!(subject.breaker.totals().failures(FailureKind::TimedOut), 1);
    }
}

/// Rule 5.
#[tokio::test(start_paused = true)]
async fn stream_that_stalls_is_a_failure() {
    let scope = Scope::enter();
    for subject in subjects(&scope) {
        let (service, stream) = reply::<Item>();
        let mut stream = Box::pin(subject.watch(stream).first(MS).stall(LIMIT));
        service.send(Ok(0)).unwrap();
        assert_eq!(stream.next().await, Some(Ok(0)));
        for item in 1..4 {
            let send = async {
                tokio::time::sleep(LIMIT - MS).await;
                service.send(Ok(item)).unwrap();
            };
            let (read, ()) = tokio::join!(stream.next(), send);
            assert_eq!((read, subject.call()), (Some(Ok(item)), Call::Out));
        }
        let began = Instant::now();
        assert!(matches!(stream.next().await, Some(Err(Fault::Breaker(_)))));
        assert!(began.elapsed() >= LIMIT && began.elapsed() < LIMIT + 2 * MS);
        assert_eq!((subject.call(), stream.next().await), (Call::Failure, None));
    }
}

#[tokio::test(start_paused = true)]
async fn stall_alone_waits_for_the_first_item_for_ever() {
    let scope = Scope::enter();
    for subject in subjects(&scope) {
        let (service, stream) = reply::<Item>();
        let mut stream = Box::pin(subject.watch(stream).stall(LIMIT));
        let waited = tokio::time::timeout(100 * LIMIT, stream.next()).await;
        assert!(waited.is_err() && subject.call() == Call::Out);
        drop(service);
        assert_eq!(stream.next().await, None);
        assert_eq!(subject.call(), Call::Success);
    }
}

#[tokio::test(start_paused = true)]
async fn limits_beyond_the_end_of_the_clock_limit_nothing() {
    let scope = Scope::enter();
    for subject in subjects(&scope) {
        let (service, stream) = reply::<Item>();
        let mut stream = Box::pin(subject.watch(stream).first(Duration::MAX).stall(Duration::MAX));
        for item in 0..3 {
            finds_none(&mut stream);
            service.send(Ok(item)).unwrap();
            assert_eq!(stream.next().await, Some(Ok(item)));
        }
        drop(service);
        assert_eq!((stream.next().await, subject.call()), (None, Call::Success));
    }
}

#[tokio::test(start_paused = true)]
async fn slow_consumer_fails_no_stream() {
    let scope = Scope::enter();
    for subject in subjects(&scope) {
        let (service, stream) = reply::<Item>();
        let mut stream = Box::pin(subject.watch(stream).first(LIMIT).stall(LIMIT));
        for item in 0..3 {
            tokio::time::sleep(5 * LIMIT).await;
            finds_none(&mut stream);
            service.send(Ok(item)).unwrap();
            assert_eq!(stream.next().await, Some(Ok(item)));
        }
        assert_eq!(subject.call(), Call::Out);
    }
}

#[tokio::test(start_paused = true)]
async fn other_items_are_made_by_error_or_the_stream_ends() {
    let scope = Scope::enter();
    for subject in subjects(&scope) {
        let judged = subject.watch(hanging([1])).judge(|_: &u8| Outcome::Success);
        let mut stream = Box::pin(judged.stall(LIMIT).error(|_| 99));
        assert_eq!(stream.next().await, Some(1));
        assert_eq!((stream.next().await, stream.next().await), (Some(99), None));
        assert_eq!(subject.call(), Call::Failure);
    }
    for subject in subjects(&scope) {
        let judged = subject.watch(hanging([1])).judge(|_: &u8| Outcome::Success);
        let mut stream = Box::pin(judged.stall(LIMIT).end_on_timeout());
        assert_eq!((stream.next().await, stream.next().await), (Some(1), None));
        assert_eq!(subject.call(), Call::Failure);
    }
}

#[tokio::test(start_paused = true)]
async fn limits_are_over_with_the_call() {
    let scope = Scope::enter();
    for subject in subjects(&scope) {
        let (service, stream) = reply::<Item>();
        let mut stream = Box::pin(subject.watch(stream).stall(LIMIT));
        service.send(Err(Fault::BadRequest)).unwrap();
        assert_eq!(stream.next().await, Some(Err(Fault::BadRequest)));
        assert_eq!(subject.call(), Call::Failure);
        assert!(tokio::time::timeout(100 * LIMIT, stream.next()).await.is_err());
    }
}

/// Rule 6.
#[test]
fn slow_call_measures_to_the_first_item() {
    let scope = Scope::enter();
    for state in ADMITTING {
        let subject = Subject::new(&scope, state, config().slow_call(SLOW));
        let heard = subject.listen();
        for quit in [false, true] {
            let subject = Subject::of(Arc::clone(&subject.breaker), state);
            heard.lock().unwrap().clear();
            let (service, mut stream) = subject.stream();
            scope.advance(SLOW - MS);
            service.send(Ok(1)).unwrap();
            assert_eq!(next(&mut stream), Some(Ok(1)));
            scope.advance(10 * SLOW);
            // Another caller finds calls that hang.
            let other = subject.breaker.try_acquire();
            drop(other);
            assert_eq!(subject.call(), Call::Out);
            heard.lock().unwrap().clear();
            if !quit {
                drop(service);
                assert_eq!(next(&mut stream), None);
            }
            drop(stream);
            let heard = heard.lock().unwrap();
            assert_eq!((heard.len(), heard[0].slow, heard[0].cancelled), (1, false, quit));
            assert_eq!(heard[0].duration, Some(11 * SLOW - MS), "the length is that of the call");
            if quit {
                assert!(subject.counts_as_nothing());
            } else {
                assert_eq!(subject.call(), Call::Success);
            }
        }
    }
}

/// Rule 6, without anybody who listens.
#[test]
fn stream_that_is_answered_in_time_does_not_hang() {
    let scope = Scope::enter();
    for state in ADMITTING {
        let subject = Subject::new(&scope, state, config().slow_call(SLOW));
        let (service, mut stream) = subject.stream();
        service.send(Ok(1)).unwrap();
        assert_eq!(next(&mut stream), Some(Ok(1)));
        for _ in 0..4 {
            scope.advance(SLOW);
            drop(subject.breaker.try_acquire());
            assert_eq!(subject.call(), Call::Out);
        }
        drop(service);
        assert_eq!(next(&mut stream), None);
        assert_eq!(subject.call(), Call::Success);
        assert_eq!(subject.breaker.totals().failures(FailureKind::Slow), 0);
    }
}

/// Rule 6.
#[test]
fn stream_whose_first_item_is_late_is_slow() {
    let scope = Scope::enter();
    for state in ADMITTING {
        for quit in [false, true] {
            let subject = Subject::new(&scope, state, config().slow_call(SLOW));
            let (service, mut stream) = subject.stream();
            scope.advance(SLOW);
            service.send(Ok(1)).unwrap();
            assert_eq!(next(&mut stream), Some(Ok(1)));
            if !quit {
                drop(service);
                assert_eq!(next(&mut stream), None);
            }
            drop(stream);
            assert_eq!(subject.call(), Call::Failure, "{state:?}, quit: {quit}");
        }
    }
}

/// Rule 6: without an item it hangs, as any call does.
#[test]
fn stream_without_an_item_hangs() {
    let scope = Scope::enter();
    for state in ADMITTING {
        let subject = Subject::new(&scope, state, config().slow_call(SLOW));
        let (service, stream) = subject.stream();
        scope.advance(2 * SLOW);
        drop(subject.breaker.try_acquire());
        assert_eq!(subject.call(), Call::Failure);
        drop((service, stream));
        assert_eq!(subject.breaker.totals().failures(FailureKind::Slow), 1);
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
