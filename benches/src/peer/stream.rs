//! The items of a stream, bare and watched: the price of each item.

use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use breakerbox::{Breaker, Config, circuit_breaker};
use futures_core::Stream;

use super::{ANNOTATED, BARE, CORE, Cases};
use crate::case::{Path, Policy};
use crate::subject::in_passes;
use crate::work::{Reply, work};

/// The number of items per call, so many that the call's beginning and end hardly count.
const ITEMS: u64 = 10_000;
const EXTRA: &str = "item of a stream";

static LLM: Breaker = Breaker::new("stream", Config::builder().threshold(60_000).build_const());

pub(super) fn add(cases: &mut Cases) {
    let mut row = cases.special_row(BARE, Policy::None, EXTRA);
    row.sync(Path::Success, || in_passes(ITEMS, || read(Items(ITEMS))));

    let mut row = cases.special_row(CORE, Policy::Threshold, EXTRA);
    row.sync(Path::Success, || {
        in_passes(ITEMS, || {
            if let Ok(permit) = LLM.try_acquire() {
                read(permit.watch(Items(ITEMS)));
            }
        })
    });

    let mut row = cases.special_row(ANNOTATED, Policy::Threshold, EXTRA);
    row.sync(Path::Success, || in_passes(ITEMS, || read(guarded())));
}

#[circuit_breaker(name = "stream-annotated", threshold = 60_000, stream, fallback = Items(0))]
fn guarded() -> impl Stream<Item = Reply> {
    Items(ITEMS)
}

struct Items(u64);

impl Stream for Items {
    type Item = Reply;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Reply>> {
        let Some(left) = self.0.checked_sub(1) else { return Poll::Ready(None) };
        self.0 = left;
        Poll::Ready(Some(work(1)))
    }
}

#[inline(never)]
fn read(stream: impl Stream<Item = Reply>) {
    let mut stream = pin!(stream);
    let mut context = Context::from_waker(Waker::noop());
    while let Poll::Ready(Some(item)) = stream.as_mut().poll_next(&mut context) {
        black_box(&item);
    }
}
