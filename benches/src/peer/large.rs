//! A reply of 64 bytes, which does not fit into registers: its time shows how often it is copied.

use std::hint::black_box;

use breakerbox::circuit_breaker;

use super::{ANNOTATED, BARE, Cases};
use crate::case::{Path, Policy};
use crate::subject::{Answer, shared};
use crate::work::{Sick, ready};

type Page = Result<[u64; 8], Sick>;

const EXTRA: &str = "64-byte reply";

#[circuit_breaker(name = "large", threshold = 60_000)]
fn guarded(task: u64) -> Page {
    page(task)
}

#[circuit_breaker(name = "large-later", threshold = 60_000)]
async fn guarded_later(task: u64) -> Page {
    page_later(task).await
}

pub(super) fn add(cases: &mut Cases) {
    let mut row = cases.special_row(BARE, Policy::None, EXTRA);
    row.sync(Path::Success, || shared(page, answer));
    row.later(Path::Success, || shared(|task| ready(page_later(task)), answer));

    let mut row = cases.special_row(ANNOTATED, Policy::Threshold, EXTRA);
    row.sync(Path::Success, || shared(guarded, answer));
    row.later(Path::Success, || shared(|task| ready(guarded_later(task)), answer));
}

#[inline(never)]
fn page(task: u64) -> Page {
    let task = black_box(task);
    if task == 0 { Err(Sick::Down) } else { Ok([task; 8]) }
}

#[allow(clippy::unused_async, reason = "it is the plain one")]
async fn page_later(task: u64) -> Page {
    page(task)
}

fn answer(reply: &Page) -> Answer {
    match reply {
        Ok(_) => Answer::Success,
        Err(Sick::Down) => Answer::Failure,
        Err(Sick::Rejected) => Answer::Rejection,
    }
}
