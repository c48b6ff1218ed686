//! Ours, with additions to the plain breaker.

use std::hint::black_box;
use std::sync::Arc;

use breaker_core::link::{Id, Link, Tally, Terms};
use breakerbox::{Breaker, BreakerError, Config, Event, Registry, Subscription, circuit_breaker};

use super::core::breaker;
use super::{ANNOTATED, CORE, Cases, answer};
use crate::case::{Path, Policy};
use crate::subject::{Answer, Subject, shared};
use crate::work::{Reply, Sick, work};

/// A listener that is not told of rejections.
pub(crate) const TRANSITIONS: &str = "listener to transitions";

/// The answer of a fallback.
const CANNED: u64 = 42;

/// A function, and its case.
macro_rules! guard {
    ($cases:ident, $extra:literal, $path:expr, $name:literal, $($keys:tt)*) => {{
        #[circuit_breaker(name = $name, cooldown = "1h", $($keys)*)]
        fn guarded(task: u64) -> Reply {
            work(task)
        }

        let mut row = $cases.special_row(ANNOTATED, Policy::Threshold, $extra);
        row.sync($path, || shared(guarded, answer_or_canned));
    }};
}

pub(super) fn add(cases: &mut Cases) {
    use Path::{Failure, Rejection, Success};

    guard!(cases, "fallback", Success, "fallback-success", threshold = 60_000, fallback = canned);
    guard!(cases, "fallback", Failure, "fallback-failure", threshold = 60_000, fallback = canned);
    guard!(cases, "fallback", Rejection, "fallback-rejection", threshold = 1, fallback = canned);

    guard!(
        cases,
        "patterns",
        Success,
        "patterns-success",
        threshold = 60_000,
        failure = Err(Sick::Down),
        ignore = Err(Sick::Rejected)
    );
    own(cases);
    linked(cases);
    second(cases);
    keeping(cases);
    for path in Path::ALL {
        let mut row = cases.special_row(CORE, Policy::Threshold, "listener");
        row.sync(path, move || {
            let breaker = Arc::new(breaker(Policy::Threshold, path));
            listened_to(&breaker, breaker.on_event(hear))
        });
        let mut row = cases.special_row(CORE, Policy::Threshold, TRANSITIONS);
        row.sync(path, move || {
            let breaker = Arc::new(breaker(Policy::Threshold, path));
            listened_to(&breaker, breaker.on_transition(hear))
        });
    }
}

#[allow(clippy::unnecessary_wraps, reason = "a fallback answers as the function does")]
fn canned(_task: u64) -> Reply {
    Ok(CANNED)
}

/// A static of the program's own, without a call site that caches it.
fn own(cases: &mut Cases) {
    static OWN: Breaker = Breaker::new("own", Config::builder().threshold(60_000).build_const());

    #[circuit_breaker(breaker = OWN)]
    fn guarded(task: u64) -> Reply {
        work(task)
    }

    let mut row = cases.special_row(ANNOTATED, Policy::Threshold, "static");
    row.sync(Path::Success, || shared(guarded, answer));
}

/// A breaker in a registry that is linked with other processes, which learn of each failure.
fn linked(cases: &mut Cases) {
    #[circuit_breaker(name = "linked", threshold = 60_000)]
    fn guarded(task: u64) -> Reply {
        work(task)
    }

    for path in [Path::Success, Path::Failure] {
        let mut row = cases.special_row(ANNOTATED, Policy::Threshold, "linked");
        row.sync(path, || {
            // The registry is linked once for all runs.
            let _ = Registry::global().link(Arc::new(Counting));
            shared(guarded, answer)
        });
    }
}

/// Counts the failures of a breaker, and tells no other process.
struct Counting;

impl Link for Counting {
    fn counts(&self, id: &Id) -> bool {
        id.name() == "linked"
    }

    fn failed(&self, _: &Id, row: u16, _: &Terms) -> Tally {
        Tally::Row(row)
    }
}

/// A function whose breaker was made for another function of its name.
fn second(cases: &mut Cases) {
    #[circuit_breaker(name = "shared", threshold = 60_000)]
    fn first(task: u64) -> Reply {
        work(task)
    }

    #[circuit_breaker(name = "shared", threshold = 60_000)]
    fn guarded(task: u64) -> Reply {
        work(task)
    }

    let mut row = cases.special_row(ANNOTATED, Policy::Threshold, "name shared");
    row.sync(Path::Success, || {
        let _ = first(1);
        shared(guarded, answer)
    });
}

/// An error type that keeps the breaker's error of a rejection.
fn keeping(cases: &mut Cases) {
    #[circuit_breaker(name = "keeping", threshold = 1, cooldown = "1h")]
    fn guarded(task: u64) -> Result<u64, Kept> {
        work(task).map_err(Kept::Sick)
    }

    let mut row = cases.special_row(ANNOTATED, Policy::Threshold, "error kept");
    row.sync(Path::Rejection, || shared(guarded, told));
}

enum Kept {
    Sick(Sick),
    Rejected(BreakerError),
}

impl From<BreakerError> for Kept {
    fn from(error: BreakerError) -> Self {
        Kept::Rejected(error)
    }
}

fn told(reply: &Result<u64, Kept>) -> Answer {
    match reply {
        Err(Kept::Rejected(error)) if error.is_rejection() => Answer::Rejection,
        Err(Kept::Rejected(_)) => Answer::Failure,
        Err(Kept::Sick(sick)) => answer(&Err(*sick)),
        Ok(reply) => answer(&Ok(*reply)),
    }
}

fn hear(event: &Event) {
    black_box(event);
}

fn listened_to(breaker: &Arc<Breaker>, subscription: Subscription) -> Box<dyn Subject> {
    let breaker = Arc::clone(breaker);
    let call = move |task| {
        let _held = &subscription;
        breaker.call(|| work(task))
    };
    shared(call, answer)
}

fn answer_or_canned(reply: &Reply) -> Answer {
    if *reply == Ok(CANNED) { Answer::Rejection } else { answer(reply) }
}
