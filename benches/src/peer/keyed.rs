//! Breakers by key: few and many known keys, and keys that were never used before.

use std::fmt::Write;
use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use breakerbox::{Registry, circuit_breaker};

use super::{ANNOTATED, BARE, Cases, Row, answer};
use crate::case::{Group, Path, Policy};
use crate::subject::{Subject, cloned, shared};
use crate::work::{Reply, ready, work, work_later};

/// The registry's default limit.
const MAX_KEYS: usize = 1_000;
const NUMBERS: u64 = 10;

pub(super) fn add(cases: &mut Cases) {
    one(cases);
    known(cases);
    number(cases);
    new(cases);
    new_beside_open(cases);
}

fn row<'c>(cases: &'c mut Cases, peer: &'static str, extra: &'static str) -> Row<'c> {
    let policy = if peer == BARE { Policy::None } else { Policy::Threshold };
    cases.grouped(Group::Keys, peer, policy, extra)
}

/// One key on all calls.
fn one(cases: &mut Cases) {
    #[circuit_breaker(name = "keyed-success", threshold = 60_000, key = model)]
    fn well(model: &str, task: u64) -> Reply {
        work(task)
    }

    #[circuit_breaker(name = "keyed-later", threshold = 60_000, key = model)]
    async fn well_later(model: &str, task: u64) -> Reply {
        work_later(task).await
    }

    #[circuit_breaker(name = "keyed-rejection", threshold = 1, cooldown = "1h", key = model)]
    fn sick(model: &str, task: u64) -> Reply {
        work(task)
    }

    #[circuit_breaker(name = "keyed-rejected-later", threshold = 1, cooldown = "1h", key = model)]
    async fn sick_later(model: &str, task: u64) -> Reply {
        work_later(task).await
    }

    let mut row = row(cases, ANNOTATED, "key");
    row.sync(Path::Success, || shared(|task| well("gpt-4", task), answer));
    row.later(Path::Success, || shared(|task| ready(well_later("gpt-4", task)), answer));
    row.sync(Path::Failure, || shared(|task| well("gpt-4", task), answer));
    row.sync(Path::Rejection, || shared(|task| sick("gpt-4", task), answer));
    row.later(Path::Rejection, || shared(|task| ready(sick_later("gpt-4", task)), answer));
}

/// Text keys in turn. Each has a breaker already.
macro_rules! known {
    ($cases:ident, $extra:literal, $name:literal, $count:expr) => {{
        const LATER: &str = concat!($name, "-later");

        #[circuit_breaker(name = $name, threshold = 60_000, key = key)]
        fn guarded(key: &str, task: u64) -> Reply {
            work(task)
        }

        #[circuit_breaker(name = LATER, threshold = 60_000, key = key)]
        async fn guarded_later(key: &str, task: u64) -> Reply {
            work_later(task).await
        }

        row($cases, BARE, $extra).sync(Path::Success, || calling(Known::new($count), bare));
        let mut row = row($cases, ANNOTATED, $extra);
        row.sync(Path::Success, || calling(Known::new($count).prepared(guarded), guarded));
        row.later(Path::Success, || {
            let call = |key: &str, task| ready(guarded_later(key, task));
            calling(Known::new($count).prepared(call), call)
        });
    }};
}

fn known(cases: &mut Cases) {
    known!(cases, "10 keys", "keys-10", 10);
    known!(cases, "1,000 keys", "keys-1000", MAX_KEYS);
    known!(cases, "100,000 keys", "keys-100000", 100_000);
}

/// A key that `Display` formats.
fn number(cases: &mut Cases) {
    #[circuit_breaker(name = "keyed-number", threshold = 60_000, key = number)]
    fn guarded(number: u64, task: u64) -> Reply {
        work(task)
    }

    row(cases, ANNOTATED, "a number as key").sync(Path::Success, || {
        let call = |last: &mut u64, task| {
            *last = (*last + 1) % NUMBERS;
            guarded(*last, task)
        };
        cloned(0, call, answer)
    });
}

/// Calls that each have a key of their own.
fn new(cases: &mut Cases) {
    #[circuit_breaker(name = "keys-new", threshold = 60_000, key = key)]
    fn guarded(key: &str, task: u64) -> Reply {
        work(task)
    }

    row(cases, BARE, "new keys").sync(Path::Success, || calling_anew(bare));
    row(cases, ANNOTATED, "new keys").sync(Path::Success, || {
        // From here on, each new key replaces another.
        Known::new(MAX_KEYS).prepared(guarded);
        calling_anew(guarded)
    });
}

/// Calls that each have a key of their own, while no known key can make room: all new keys share
/// the name's own breaker.
fn new_beside_open(cases: &mut Cases) {
    #[circuit_breaker(name = "keys-open", threshold = 1, cooldown = "1h", key = key)]
    fn guarded(key: &str, task: u64) -> Reply {
        work(task)
    }

    row(cases, ANNOTATED, "new keys, 1,000 open").sync(Path::Success, || {
        Known::new(MAX_KEYS).prepared(|key, _| guarded(key, 0));
        calling_anew(guarded)
    });
}

/// The call without a breaker.
fn bare(key: &str, task: u64) -> Reply {
    black_box(key);
    work(task)
}

fn calling(
    keys: Known,
    call: impl Fn(&str, u64) -> Reply + Send + Sync + 'static,
) -> Box<dyn Subject> {
    cloned(keys, move |keys, task| call(keys.next(), task), answer)
}

fn calling_anew(call: impl Fn(&str, u64) -> Reply + Send + Sync + 'static) -> Box<dyn Subject> {
    cloned(Fresh::new(), move |keys, task| call(keys.next(), task), answer)
}

/// Known keys, in turn.
#[derive(Clone)]
struct Known {
    keys: Arc<[String]>,
    next: usize,
}

impl Known {
    fn new(count: usize) -> Self {
        Known { keys: (0..count).map(|number| format!("tenant-{number}")).collect(), next: 0 }
    }

    /// Calls once with each key.
    fn prepared(self, call: impl Fn(&str, u64) -> Reply) -> Self {
        let registry = Registry::global();
        registry.set_max_keys(self.keys.len().max(MAX_KEYS));
        for key in &*self.keys {
            // The check of the case looks at the outcome.
            let _ = call(key, 1);
        }
        // Existing keys stay, and the other cases have the limit that users have.
        registry.set_max_keys(MAX_KEYS);
        self
    }

    #[inline]
    fn next(&mut self) -> &str {
        self.next = if self.next + 1 == self.keys.len() { 0 } else { self.next + 1 };
        &self.keys[self.next]
    }
}

/// Keys that were never used before, written into one buffer.
struct Fresh {
    /// A number that no other `Fresh` has.
    series: u64,
    next: u64,
    key: String,
}

impl Fresh {
    fn new() -> Self {
        static SERIES: AtomicU64 = AtomicU64::new(0);
        // Relaxed: no other memory is read after the number.
        Fresh { series: SERIES.fetch_add(1, Ordering::Relaxed), next: 0, key: String::new() }
    }

    #[inline]
    fn next(&mut self) -> &str {
        self.next += 1;
        self.key.clear();
        // Writing to a string never fails.
        let _ = write!(self.key, "{}-{}", self.series, self.next);
        &self.key
    }
}

impl Clone for Fresh {
    fn clone(&self) -> Self {
        Fresh::new()
    }
}
