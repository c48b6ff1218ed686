//! Limits on the time to the first item, and between items.

use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, FailureKind, Outcome};
use futures_util::StreamExt;
use tokio::time::Instant;

use super::{LIMIT, subjects};
use crate::{Call, Fault, Item, MS, finds_none, hanging, reply};

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
