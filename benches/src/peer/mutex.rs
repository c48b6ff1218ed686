//! A breaker that is written by hand in forty lines.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::{Cases, answer};
use crate::case::{COOLDOWN, Path, Policy};
use crate::subject::shared;
use crate::work::{Reply, Sick, ready, work, work_later};

struct Breaker {
    threshold: u16,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    failures: u16,
    open_since: Option<Instant>,
}

impl Breaker {
    fn new(path: Path) -> Self {
        Breaker { threshold: path.threshold(), state: Mutex::default() }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn admit(&self) -> Result<(), Sick> {
        let mut state = self.lock();
        match state.open_since {
            Some(since) if since.elapsed() < COOLDOWN => Err(Sick::Rejected),
            Some(_) => {
                // The next caller is the probe; other callers wait for another cooldown.
                state.open_since = Some(Instant::now());
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn settle(&self, reply: &Reply) {
        let mut state = self.lock();
        if reply.is_ok() {
            *state = State::default();
        } else {
            state.failures += 1;
            if state.failures >= self.threshold {
                state.open_since = Some(Instant::now());
            }
        }
    }

    fn call(&self, task: u64) -> Reply {
        self.admit()?;
        let reply = work(task);
        self.settle(&reply);
        reply
    }

    async fn call_later(&self, task: u64) -> Reply {
        self.admit()?;
        let reply = work_later(task).await;
        self.settle(&reply);
        reply
    }
}

pub(super) fn add(cases: &mut Cases) {
    let mut row = cases.row("Mutex by hand", Policy::Threshold);
    for path in Path::ALL {
        row.sync(path, move || {
            let breaker = Breaker::new(path);
            shared(move |task| breaker.call(task), answer)
        });
        row.later(path, move || {
            let breaker = Breaker::new(path);
            shared(move |task| ready(breaker.call_later(task)), answer)
        });
    }
}
