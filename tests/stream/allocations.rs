//! A watched stream allocates nothing of its own, unless it is boxed: then one box.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use allocation_counter::measure;
use breakerbox::{Breaker, Config, circuit_breaker};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, Stream, StreamExt};

use super::{Fault, Item};

const ITEMS: u8 = 100;
const CALLS: u64 = 10;

/// Counts down, and has each item ready at the second poll.
struct Numbers {
    left: u8,
    is_ready: bool,
}

const NUMBERS: Numbers = Numbers { left: ITEMS, is_ready: false };

impl Stream for Numbers {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Item>> {
        self.is_ready = !self.is_ready;
        if self.is_ready {
            return Poll::Pending;
        }
        let left = self.left.checked_sub(1);
        self.left = left.unwrap_or_default();
        Poll::Ready(left.map(Ok))
    }
}

#[circuit_breaker(name = "allocations-plain", threshold = 2, stream)]
fn plain() -> impl Stream<Item = Item> {
    NUMBERS
}

#[circuit_breaker(
    name = "allocations-limited",
    failure_rate = 0.5,
    slow_call = "1m",
    timeout = "1m",
    stream(first = "10s", stall = "10s", failure(Err(_), |item| *item == Ok(200)))
)]
async fn limited() -> Result<impl Stream<Item = Item>, Fault> {
    std::future::ready(()).await;
    Ok(NUMBERS)
}

#[circuit_breaker(name = "allocations-keyed", threshold = 2, key = model, stream)]
async fn keyed(model: &str) -> Result<impl Stream<Item = Item> + use<>, Fault> {
    std::future::ready(()).await;
    let _ = model;
    Ok(NUMBERS)
}

#[circuit_breaker(name = "allocations-boxed", threshold = 2, stream)]
fn boxed() -> BoxStream<'static, Item> {
    NUMBERS.boxed()
}

/// Reads a stream to its end.
fn read<S: Stream<Item = Item>>(stream: S) {
    let mut stream = pin!(stream);
    let mut context = Context::from_waker(Waker::noop());
    let mut items = 0;
    loop {
        match stream.as_mut().poll_next(&mut context) {
            Poll::Ready(Some(item)) => items += u8::from(item.is_ok()),
            Poll::Ready(None) => break,
            Poll::Pending => {}
        }
    }
    assert_eq!(items, ITEMS);
}

/// Calls once beforehand: the first call of a function makes its breaker.
fn allocations(call: impl Fn()) -> u64 {
    call();
    measure(|| (0..CALLS).for_each(|_| call())).count_total
}

#[tokio::test]
async fn watched_stream_allocates_nothing() {
    let limited = || limited().now_or_never().unwrap().unwrap();
    let keyed = || keyed("small").now_or_never().unwrap().unwrap();
    assert_eq!(allocations(|| read(plain())), 0);
    assert_eq!(allocations(|| read(limited())), 0);
    assert_eq!(allocations(|| read(keyed())), 0);
    let breaker = Breaker::new("by permit", Config::new());
    let watched = || breaker.try_acquire().unwrap().watch(NUMBERS).stall(super::LONG);
    assert_eq!(allocations(|| read(watched())), 0);
}

#[test]
fn boxed_stream_is_boxed_once_more() {
    assert_eq!(allocations(|| read(NUMBERS.boxed())), CALLS);
    assert_eq!(allocations(|| read(boxed())), 2 * CALLS);
}
