//! Streams: a reply that comes in parts is one call with one outcome.
//!
//! `tokio`'s clock is paused and moves on by itself when a test waits, so limits run out at once.
//! The clock of the breakers is moved by hand.

#![allow(clippy::unchecked_time_subtraction, reason = "of constants")]

mod allocations;
mod head;
mod items;
mod limits;
mod permit;
mod shapes;
mod sse;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Breaker, BreakerError, Config, ConfigBuilder, State};
use futures_util::{FutureExt, Stream, StreamExt, stream};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

const MS: Duration = Duration::from_millis(1);
/// Longer than any test.
const LONG: Duration = Duration::from_secs(3_600);

/// The error of an item, or of the head of a reply.
#[derive(Clone, Debug, PartialEq)]
enum Fault {
    Overloaded,
    BadRequest,
    Breaker(BreakerError),
}

impl From<BreakerError> for Fault {
    fn from(error: BreakerError) -> Self {
        Fault::Breaker(error)
    }
}

type Item = Result<u8, Fault>;

/// The service's end of a stream. Dropping it ends the stream.
type Service<I = Item> = UnboundedSender<I>;

fn reply<I>() -> (Service<I>, impl Stream<Item = I>) {
    let (service, mut items) = unbounded_channel();
    (service, stream::poll_fn(move |cx| items.poll_recv(cx)))
}

/// A stream that yields these items and then waits for ever.
fn hanging<I>(items: impl IntoIterator<Item = I>) -> impl Stream<Item = I> {
    stream::iter(items).chain(stream::pending())
}

/// The next item, which must be there at once.
fn next<S: Stream + ?Sized>(stream: &mut Pin<Box<S>>) -> Option<S::Item> {
    stream.next().now_or_never().expect("no item yet")
}

/// Polls once, and finds no item.
fn finds_none<S: Stream + ?Sized>(stream: &mut Pin<Box<S>>) {
    assert!(stream.next().now_or_never().is_none(), "there is an item");
}

/// The states that admit a call.
const ADMITTING: [State; 2] = [State::Closed, State::HalfOpen];

/// The fate of a call.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Call {
    /// It is under way; of a closed breaker, it may have counted as nothing instead.
    Out,
    Nothing,
    Success,
    Failure,
}

/// A breaker in the state that a test begins in: closed after one failure of two, or half-open.
struct Subject {
    breaker: Arc<Breaker>,
    began: State,
}

fn config() -> ConfigBuilder {
    Config::builder().threshold(2)
}

impl Subject {
    fn new(scope: &Scope, began: State, config: ConfigBuilder) -> Self {
        let name = format!("llm-{began:?}");
        let breaker = scope.registry().get_or_insert(&name, config.build().unwrap()).unwrap();
        Self::of(breaker, began)
    }

    fn of(breaker: Arc<Breaker>, began: State) -> Self {
        breaker.reset();
        match began {
            State::HalfOpen => breaker.half_open(),
            State::Open => (0..2).for_each(|_| breaker.try_acquire().unwrap().failure()),
            _ => breaker.try_acquire().unwrap().failure(),
        }
        Subject { breaker, began }
    }

    fn call(&self) -> Call {
        let failures = self.breaker.snapshot().consecutive_failures;
        match (self.began, self.breaker.state()) {
            (_, State::Open) => Call::Failure,
            (State::Closed, State::Closed) if failures == 0 => Call::Success,
            (State::Closed, State::Closed) => Call::Out,
            (_, State::Closed) => Call::Success,
            (_, _) if self.breaker.is_call_permitted() => Call::Nothing,
            (_, _) => Call::Out,
        }
    }

    /// The call has ended, and counts as nothing.
    fn counts_as_nothing(&self) -> bool {
        match self.began {
            State::Closed => self.call() == Call::Out,
            _ => self.call() == Call::Nothing,
        }
    }
}
