//! `stream(...)`: the items, the waits for them, and the outcome of the call.

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, FailureKind, State, circuit_breaker};
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt, stream};

use super::{
    ADMITTING, Call, Duration, Fault, Item, MS, Subject, config, finds_none, hanging, next, reply,
};

const FIRST: Duration = Duration::from_secs(10);
const STALL: Duration = Duration::from_secs(30);
const SLOW: Duration = Duration::from_secs(2);

fn subjects(scope: &Scope, name: &'static str) -> impl Iterator<Item = Subject> {
    ADMITTING.into_iter().map(move |state| subject(scope, name, state))
}

fn subject(scope: &Scope, name: &str, state: State) -> Subject {
    // As the functions of that name have it.
    let config = match name {
        "limited" => config().probe_timeout(Duration::from_secs(60)),
        _ => config(),
    };
    Subject::of(scope.registry().get_or_insert(name, config.build().unwrap()).unwrap(), state)
}

#[derive(Clone, Debug, PartialEq)]
enum Event {
    Text(u8),
    Overloaded,
}

#[circuit_breaker(name = "events", threshold = 2, stream(failure = Event::Overloaded), fallback = stream::empty().boxed())]
fn events(items: Vec<Event>) -> BoxStream<'static, Event> {
    hanging(items).boxed()
}

#[circuit_breaker(
    name = "listed",
    threshold = 2,
    stream(failure(Err(Fault::Overloaded), |item| matches!(item, Ok(9)), Ok(n) if *n == limit))
)]
fn listed(limit: u8, items: Vec<Item>) -> impl Stream<Item = Item> {
    hanging(items)
}

#[circuit_breaker(name = "plain", threshold = 2, stream)]
fn plain(items: Vec<u8>) -> Result<impl Stream<Item = u8>, Fault> {
    Ok(hanging(items))
}

/// Rule 2.
#[test]
fn stream_failure_judges_the_items() {
    let scope = Scope::enter();
    for subject in subjects(&scope, "events") {
        let mut stream = events(vec![Event::Text(1), Event::Overloaded]);
        assert_eq!((next(&mut stream), subject.call()), (Some(Event::Text(1)), Call::Out));
        assert_eq!((next(&mut stream), subject.call()), (Some(Event::Overloaded), Call::Failure));
    }
    for item in [Err(Fault::Overloaded), Ok(9), Ok(7)] {
        for subject in subjects(&scope, "listed") {
            let items = vec![Err(Fault::BadRequest), Ok(1), item.clone()];
            let mut stream = Box::pin(listed(7, items));
            assert_eq!(next(&mut stream), Some(Err(Fault::BadRequest)), "it replaces the default");
            assert_eq!((next(&mut stream), subject.call()), (Some(Ok(1)), Call::Out));
            assert_eq!((next(&mut stream), subject.call()), (Some(item.clone()), Call::Failure));
        }
    }
}

/// Rule 2.
#[test]
fn items_that_are_no_results_are_no_failures() {
    let scope = Scope::enter();
    for subject in subjects(&scope, "plain") {
        let mut stream = Box::pin(plain(vec![1]).unwrap());
        assert_eq!((next(&mut stream), subject.call()), (Some(1), Call::Out));
    }
}

#[circuit_breaker(name = "feed", threshold = 2, stream(until = "first"))]
fn feed(items: Vec<Item>) -> impl Stream<Item = Item> {
    hanging(items)
}

#[circuit_breaker(name = "whole", threshold = 2, stream(until = "end"))]
fn whole(items: Vec<Item>) -> impl Stream<Item = Item> {
    hanging(items)
}

/// Rule 3.
#[test]
fn until_first_ends_the_call_with_the_first_item() {
    let scope = Scope::enter();
    for subject in subjects(&scope, "feed") {
        let mut stream = Box::pin(feed(vec![Ok(1), Err(Fault::Overloaded)]));
        assert_eq!((next(&mut stream), subject.call()), (Some(Ok(1)), Call::Success));
        assert_eq!(next(&mut stream), Some(Err(Fault::Overloaded)));
        assert_eq!(subject.call(), Call::Success);
    }
    for subject in subjects(&scope, "feed") {
        let mut stream = Box::pin(feed(vec![Err(Fault::Overloaded)]));
        assert_eq!(next(&mut stream), Some(Err(Fault::Overloaded)));
        assert_eq!(subject.call(), Call::Failure);
    }
    for subject in subjects(&scope, "whole") {
        let mut stream = Box::pin(whole(vec![Ok(1)]));
        assert_eq!((next(&mut stream), subject.call()), (Some(Ok(1)), Call::Out));
    }
}

#[circuit_breaker(name = "left", threshold = 2, stream)]
fn left(items: Vec<Item>) -> impl Stream<Item = Item> {
    hanging(items)
}

#[circuit_breaker(name = "kept", threshold = 2, on_cancel = "failure", stream)]
fn kept(items: Vec<Item>) -> impl Stream<Item = Item> {
    hanging(items)
}

#[circuit_breaker(name = "kept", threshold = 2, on_cancel = "failure", stream)]
async fn kept_async(items: Vec<Item>) -> Result<impl Stream<Item = Item>, Fault> {
    std::future::ready(()).await;
    Ok(hanging(items))
}

/// Rule 4.
#[test]
fn dropped_stream_follows_on_cancel() {
    let scope = Scope::enter();
    for subject in subjects(&scope, "left") {
        let mut stream = Box::pin(left(vec![Ok(1)]));
        assert_eq!(next(&mut stream), Some(Ok(1)));
        drop(stream);
        assert!(subject.counts_as_nothing());
        drop(left(vec![]));
        assert!(subject.counts_as_nothing());
    }
    for subject in subjects(&scope, "kept") {
        let mut stream = Box::pin(kept(vec![Ok(1)]));
        assert_eq!(next(&mut stream), Some(Ok(1)));
        drop(stream);
        assert_eq!(subject.call(), Call::Failure);
    }
    for subject in subjects(&scope, "kept") {
        let head = kept_async(vec![Ok(1)]);
        let mut stream = Box::pin(futures_util::FutureExt::now_or_never(head).unwrap().unwrap());
        assert_eq!(next(&mut stream), Some(Ok(1)));
        drop(stream);
        assert_eq!(subject.call(), Call::Failure);
    }
}

#[circuit_breaker(
    name = "limited",
    threshold = 2,
    probe_timeout = "1m",
    stream(first = "10s", stall = "30s")
)]
async fn limited<S: Stream<Item = Item>>(
    head: Duration,
    reply: S,
) -> Result<impl Stream<Item = Item>, Fault> {
    tokio::time::sleep(head).await;
    Ok(reply)
}

fn after(error: Option<Item>) -> Duration {
    match error {
        Some(Err(Fault::Breaker(BreakerError::TimedOut { after, .. }))) => after,
        other => panic!("{other:?}"),
    }
}

/// Rule 5.
#[tokio::test(start_paused = true)]
async fn stream_without_a_first_item_in_time_fails_and_says_so() {
    let scope = Scope::enter();
    for head in [Duration::ZERO, Duration::from_secs(4)] {
        for subject in subjects(&scope, "limited") {
            let began = tokio::time::Instant::now();
            let mut stream = Box::pin(limited(head, stream::pending()).await.unwrap());
            assert_eq!(after(stream.next().await), FIRST);
            // The head is a part of the time.
            assert!(began.elapsed() >= FIRST && began.elapsed() < FIRST + 5 * MS);
            assert_eq!((subject.call(), stream.next().await), (Call::Failure, None));
        }
    }
}

/// Rule 5: the head hangs.
#[tokio::test(start_paused = true)]
async fn head_that_hangs_fails_within_first() {
    let scope = Scope::enter();
    for subject in subjects(&scope, "limited") {
        let answer = limited(Duration::MAX, stream::pending()).await;
        assert_eq!(after(answer.err().map(Err)), FIRST);
        assert_eq!(subject.call(), Call::Failure);
        let failures = subject.breaker.totals().failures(FailureKind::TimedOut);
        assert_eq!(failures, 1 + u64::from(subject.began == State::HalfOpen));
    }
}

/// Rule 5.
#[tokio::test(start_paused = true)]
async fn stream_that_stalls_fails_and_says_so() {
    let scope = Scope::enter();
    for subject in subjects(&scope, "limited") {
        let stream = limited(Duration::ZERO, hanging([Ok(1)])).await.unwrap();
        let mut stream = Box::pin(stream);
        assert_eq!((stream.next().await, subject.call()), (Some(Ok(1)), Call::Out));
        assert_eq!(after(stream.next().await), STALL);
        assert_eq!((subject.call(), stream.next().await), (Call::Failure, None));
    }
}

#[derive(Debug, PartialEq)]
struct Foreign(&'static str);

#[circuit_breaker(
    name = "mapped",
    threshold = 2,
    stream(stall = "30s", error = |error| Foreign(if error.is_rejection() { "rejected" } else { "late" }))
)]
fn mapped(items: Vec<u8>) -> impl Stream<Item = Result<u8, Foreign>> {
    hanging(items).map(Ok)
}

#[circuit_breaker(name = "foreign", threshold = 2, stream(stall = "30s"))]
fn foreign(items: Vec<u8>) -> Result<impl Stream<Item = Result<u8, Foreign>>, Fault> {
    Ok(hanging(items).map(Ok))
}

/// Rule 5.
#[tokio::test(start_paused = true)]
async fn last_item_is_made_by_error_or_the_stream_ends() {
    let scope = Scope::enter();
    for subject in subjects(&scope, "mapped") {
        let mut stream = Box::pin(mapped(vec![1]));
        assert_eq!(stream.next().await, Some(Ok(1)));
        assert_eq!((stream.next().await, stream.next().await), (Some(Err(Foreign("late"))), None));
        assert_eq!(subject.call(), Call::Failure);
    }
    let open = subject(&scope, "mapped", State::Open);
    let mut stream = Box::pin(mapped(vec![1]));
    assert_eq!((next(&mut stream), next(&mut stream)), (Some(Err(Foreign("rejected"))), None));
    assert_eq!(open.call(), Call::Failure);
    for subject in subjects(&scope, "foreign") {
        let mut stream = Box::pin(foreign(vec![1]).unwrap());
        assert_eq!((stream.next().await, stream.next().await), (Some(Ok(1)), None));
        assert_eq!(subject.call(), Call::Failure);
    }
}

#[circuit_breaker(name = "slow", threshold = 2, slow_call = "2s", stream)]
fn slow<S: Stream<Item = Item>>(reply: S) -> impl Stream<Item = Item> {
    reply
}

/// Rule 6.
#[test]
fn slow_call_measures_to_the_first_item() {
    let scope = Scope::enter();
    let config = config().slow_call(SLOW).build().unwrap();
    let breaker = scope.registry().get_or_insert("slow", config).unwrap();
    for (wait, call) in [(SLOW - MS, Call::Success), (SLOW, Call::Failure)] {
        for state in ADMITTING {
            let subject = Subject::of(std::sync::Arc::clone(&breaker), state);
            let (service, stream) = reply();
            let mut stream = Box::pin(slow(stream));
            scope.advance(wait);
            service.send(Ok(1)).unwrap();
            assert_eq!(next(&mut stream), Some(Ok(1)));
            scope.advance(10 * SLOW);
            drop(service);
            assert_eq!((next(&mut stream), subject.call()), (None, call));
        }
    }
}

#[circuit_breaker(name = "probe", threshold = 2, probe_timeout = "30s", stream)]
async fn probe<S: Stream<Item = Item>>(reply: S) -> Result<impl Stream<Item = Item>, Fault> {
    std::future::ready(()).await;
    Ok(reply)
}

/// Rule 7.
#[tokio::test]
async fn probe_keeps_its_slot_until_the_end_of_its_stream() {
    let scope = Scope::enter();
    let config = config().probe_timeout(STALL).build().unwrap();
    let breaker = scope.registry().get_or_insert("probe", config).unwrap();
    let subject = Subject::of(breaker, State::HalfOpen);
    let (service, stream) = reply();
    let mut stream = Box::pin(probe(stream).await.unwrap());
    finds_none(&mut stream);
    for item in 0..3 {
        scope.advance(STALL - MS);
        assert!(probe(stream::empty()).await.is_err());
        service.send(Ok(item)).unwrap();
        assert_eq!(next(&mut stream), Some(Ok(item)));
    }
    drop(service);
    assert_eq!((next(&mut stream), subject.call()), (None, Call::Success));
    assert!(probe(stream::empty()).await.is_ok());
}
