//! Limits of a stream and of its head together, and what lifts them.

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, FailureKind, State, circuit_breaker};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use tokio::time::{Instant, sleep, timeout};

use super::{ADMITTING, Call, Duration, Fault, Item, LONG, MS, Pin, Subject, config, hanging};

const SECOND: Duration = Duration::from_secs(1);

fn subjects(scope: &Scope, name: &'static str) -> impl Iterator<Item = Subject> {
    ADMITTING.into_iter().map(move |state| subject(scope, name, state))
}

fn subject(scope: &Scope, name: &str, state: State) -> Subject {
    let config = match name {
        "bounded" => config().probe_timeout(10 * SECOND),
        _ => config(),
    };
    Subject::of(scope.registry().get_or_insert(name, config.build().unwrap()).unwrap(), state)
}

/// Returns after which time the last item says that it is over.
fn after(item: Option<Item>) -> Duration {
    match item {
        Some(Err(Fault::Breaker(BreakerError::TimedOut { after, .. }))) => after,
        other => panic!("{other:?}"),
    }
}

/// Waits for the item that says which limit has run out, and not for ever if none does.
async fn limit_of(mut stream: impl Stream<Item = Item> + Unpin) -> Duration {
    after(timeout(LONG, stream.next()).await.expect("a limit runs out"))
}

#[circuit_breaker(name = "first", threshold = 2, stream(first = "10s"))]
fn first(items: Vec<Item>) -> impl Stream<Item = Item> {
    hanging(items)
}

#[tokio::test(start_paused = true)]
async fn first_alone_limits_the_first_item_and_no_other() {
    let scope = Scope::enter();
    for subject in subjects(&scope, "first") {
        assert_eq!(limit_of(Box::pin(first(vec![]))).await, 10 * SECOND);
        assert_eq!(subject.call(), Call::Failure);
    }
    for subject in subjects(&scope, "first") {
        let mut stream = Box::pin(first(vec![Ok(1)]));
        assert_eq!(stream.next().await, Some(Ok(1)));
        assert!(timeout(LONG, stream.next()).await.is_err());
        assert_eq!(subject.call(), Call::Out);
    }
}

/// `stall` may be longer than `probe_timeout`: with each item the slot is kept anew.
#[circuit_breaker(
    name = "bounded",
    threshold = 2,
    probe_timeout = "10s",
    timeout = "8s",
    stream(first = "5s", stall = "30s")
)]
async fn bounded(head: Duration, items: Vec<Item>) -> Result<impl Stream<Item = Item>, Fault> {
    sleep(head).await;
    Ok(hanging(items))
}

#[tokio::test(start_paused = true)]
async fn first_limits_the_head_beside_a_longer_timeout() {
    let scope = Scope::enter();
    for subject in subjects(&scope, "bounded") {
        let answer = bounded(LONG, vec![]).await;
        assert_eq!(after(answer.err().map(Err)), 5 * SECOND);
        assert_eq!(subject.call(), Call::Failure);
    }
    for subject in subjects(&scope, "bounded") {
        let mut stream = Box::pin(bounded(4 * SECOND, vec![]).await.unwrap());
        let began = Instant::now();
        assert_eq!(limit_of(&mut stream).await, 5 * SECOND);
        assert!(began.elapsed() < SECOND + 5 * MS, "the head has taken the rest");
        assert_eq!(subject.call(), Call::Failure);
    }
    for subject in subjects(&scope, "bounded") {
        let mut stream = Box::pin(bounded(MS, vec![Ok(1)]).await.unwrap());
        assert_eq!(stream.next().await, Some(Ok(1)));
        assert_eq!(limit_of(&mut stream).await, 30 * SECOND);
        assert_eq!(subject.call(), Call::Failure);
    }
}

#[circuit_breaker(
    name = "answered",
    threshold = 2,
    stream(first = "10s"),
    fallback = |_, _| Ok(stream::iter(vec![Ok(99)]).boxed()),
    fallback_on = "failure"
)]
fn answered(fails: bool) -> Result<BoxStream<'static, Item>, Fault> {
    if fails { Err(Fault::Overloaded) } else { Ok(stream::pending().boxed()) }
}

#[tokio::test(start_paused = true)]
async fn fallback_answers_for_the_head_of_a_sync_function_and_not_for_its_late_item() {
    let scope = Scope::enter();
    for subject in subjects(&scope, "answered") {
        assert_eq!(answered(true).unwrap().next().await, Some(Ok(99)));
        assert_eq!(subject.call(), Call::Failure);
    }
    for subject in subjects(&scope, "answered") {
        assert_eq!(limit_of(answered(false).unwrap()).await, 10 * SECOND);
        assert_eq!(subject.call(), Call::Failure);
    }
}

#[circuit_breaker(name = "left", threshold = 2, stream)]
async fn left() -> Result<BoxStream<'static, Item>, Fault> {
    std::future::pending().await
}

#[circuit_breaker(name = "kept", threshold = 2, on_cancel = "failure", stream(first = "10s"))]
async fn kept() -> Result<BoxStream<'static, Item>, Fault> {
    std::future::pending().await
}

/// Rule 4, before there is a stream.
#[tokio::test(start_paused = true)]
async fn dropped_head_follows_on_cancel() {
    let scope = Scope::enter();
    for subject in subjects(&scope, "left") {
        assert!(left().now_or_never().is_none());
        assert!(subject.counts_as_nothing());
    }
    for subject in subjects(&scope, "kept") {
        assert!(kept().now_or_never().is_none());
        assert_eq!(subject.call(), Call::Failure);
    }
}

type Items = Pin<Box<dyn Stream<Item = Item> + Send>>;

#[circuit_breaker(
    name = "ring",
    threshold = 60_000,
    stream(first = "10s", stall = "10s"),
    fallback_on = "failure",
    fallback = |head, first| Box::pin(ring(head, first)).await
)]
async fn ring(head: Duration, first: Duration) -> Pin<Box<dyn Stream<Item = Item> + Send>> {
    sleep(head).await;
    let items: Items = Box::pin(stream::once(async move {
        sleep(first).await;
        Ok(1)
    }));
    items
}

/// The fallback of a head that is late asks the same function again. That call has nobody else to
/// answer for its head, whose time is not limited then.
#[tokio::test(start_paused = true)]
async fn head_at_the_end_of_a_ring_has_no_limit() {
    let scope = Scope::enter();
    let late = || scope.registry().get("ring").unwrap().totals().failures(FailureKind::TimedOut);
    let began = Instant::now();
    let mut stream = ring(60 * SECOND, 9 * SECOND).await;
    assert!(began.elapsed() >= 70 * SECOND, "ten of the first head and sixty of the second");
    assert_eq!((stream.next().await, late()), (Some(Ok(1)), 1));
    assert_eq!((stream.next().await, late()), (None, 1));

    // The first item has its time, from the end of the head on.
    let mut stream = ring(60 * SECOND, 11 * SECOND).await;
    assert_eq!((limit_of(&mut stream).await, late()), (10 * SECOND, 3));
}
