//! The least work that a breaker can do: load a word, call, load the word again. It counts no
//! failures, so it is no breaker.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Cases, LIMIT, answer};
use crate::case::{Path, Policy};
use crate::subject::shared;
use crate::work::{Reply, Sick, ready, work, work_later};

const CLOSED: u64 = 0;

struct Limit(AtomicU64);

impl Limit {
    fn new(path: Path) -> Self {
        Limit(AtomicU64::new(if path == Path::Rejection { !CLOSED } else { CLOSED }))
    }

    #[inline]
    fn is_closed(&self) -> bool {
        self.0.load(Ordering::Acquire) == CLOSED
    }

    #[inline]
    fn call(&self, task: u64) -> Reply {
        if !self.is_closed() {
            return Err(Sick::Rejected);
        }
        let reply = work(task);
        if self.is_closed() { reply } else { Err(Sick::Rejected) }
    }

    #[inline]
    async fn call_later(&self, task: u64) -> Reply {
        if !self.is_closed() {
            return Err(Sick::Rejected);
        }
        let reply = work_later(task).await;
        if self.is_closed() { reply } else { Err(Sick::Rejected) }
    }
}

pub(super) fn add(cases: &mut Cases) {
    let mut row = cases.row(LIMIT, Policy::None);
    for path in Path::ALL {
        row.sync(path, move || {
            let limit = Limit::new(path);
            shared(move |task| limit.call(task), answer)
        });
        row.later(path, move || {
            let limit = Limit::new(path);
            shared(move |task| ready(limit.call_later(task)), answer)
        });
    }
}
