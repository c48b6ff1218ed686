//! Lists the probes that the current thread is running.
//!
//! A call made from inside a probe of its breaker belongs to that probe: the call runs, and only
//! the probe's outcome counts. Otherwise a client that calls itself could never recover, since its
//! inner call would find the slot taken.
//!
//! Only probes are listed, so a call through a closed breaker pays nothing. A future is listed
//! during each poll. A task that a probe spawns is not inside the probe, unless
//! [`inherit`](crate::inherit()) makes it: that lists the maker's probes in each poll of the task.
//!
//! Each running probe has a [`Probe`], which its breaker lists too. So those who inherit the probe
//! learn of its end, on whatever thread it ends.

use core::cell::RefCell;
use core::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::breaker::Breaker;
use crate::breaker::lease::LeaseId;
use crate::state::status::Episode;
use crate::sync::atomic::per_thread;

/// A probe that runs, or has run.
#[derive(Debug)]
pub(crate) struct Probe {
    /// The breaker's [identity](Breaker::identity) while the probe is out: a permit keeps the
    /// breaker in place until then.
    breaker: usize,
    episode: Episode,
    lease: LeaseId,
    is_out: AtomicBool,
    /// Holds the breaker for work that outlives the probe. `None` if the probe has the breaker by
    /// reference.
    _held: Option<Arc<Breaker>>,
}

impl Probe {
    fn is_out(&self) -> bool {
        // Relaxed: a call that begins while the probe ends may belong to the probe or not.
        self.is_out.load(Ordering::Relaxed)
    }
}

/// The probes of one breaker that are out and have been entered.
#[derive(Debug)]
pub(crate) struct ProbesOut {
    // The lock covers no other lock and no user code, so models need not see it.
    all: Mutex<Vec<Arc<Probe>>>,
}

impl ProbesOut {
    pub(crate) const fn new() -> Self {
        ProbesOut { all: Mutex::new(Vec::new()) }
    }

    /// Ends a probe for those who inherit it.
    pub(crate) fn end(&self, episode: Episode, lease: LeaseId) {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let found = all.iter().position(|probe| probe.episode == episode && probe.lease == lease);
        let ended = found.map(|index| all.swap_remove(index));
        drop(all);
        if let Some(probe) = ended {
            // Relaxed, as in `is_out`.
            probe.is_out.store(false, Ordering::Relaxed);
        }
    }

    fn probe(&self, episode: Episode, lease: LeaseId, new: impl FnOnce() -> Probe) -> Arc<Probe> {
        let mut all = self.all.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it = |probe: &&Arc<Probe>| probe.episode == episode && probe.lease == lease;
        if let Some(known) = all.iter().find(is_it) {
            return Arc::clone(known);
        }
        let probe = Arc::new(new());
        all.push(Arc::clone(&probe));
        probe
    }
}

per_thread! {
    static INSIDE: RefCell<Vec<Arc<Probe>>> = RefCell::new(Vec::new());
}

/// Lists a probe, until [`leave`] on the same thread.
pub(crate) fn enter(
    breaker: &Breaker,
    episode: Episode,
    lease: LeaseId,
    held: impl FnOnce() -> Option<Arc<Breaker>>,
) {
    let probe = breaker.cell.cold().probes_out.probe(episode, lease, || Probe {
        breaker: breaker.identity(),
        episode,
        lease,
        is_out: AtomicBool::new(true),
        _held: held(),
    });
    // Fails if the thread is ending and its list is destroyed; the probe is then not listed.
    let _ = INSIDE.try_with(|list| list.borrow_mut().push(probe));
}

/// Removes the probe listed last.
pub(crate) fn leave() {
    // Dropped outside the borrow: if it is the last to hold its breaker, the drop of a listener may
    // run.
    let left = INSIDE.try_with(|list| list.borrow_mut().pop());
    drop(left);
}

/// Returns whether this thread is inside a probe of `breaker` in `episode`.
pub(crate) fn is_inside(breaker: &Breaker, episode: Episode) -> bool {
    let wanted = breaker.identity();
    any(|probe| probe.breaker == wanted && probe.episode == episode)
}

/// Returns whether this thread is inside a probe of any breaker.
pub(crate) fn is_inside_any() -> bool {
    any(|_| true)
}

/// Returns whether this thread is inside a probe of `breaker`.
pub(crate) fn is_inside_of(breaker: &Breaker) -> bool {
    let wanted = breaker.identity();
    any(|probe| probe.breaker == wanted)
}

fn any(is_it: impl Fn(&Probe) -> bool) -> bool {
    let found = |list: &RefCell<Vec<Arc<Probe>>>| {
        list.borrow().iter().any(|probe| is_it(probe) && probe.is_out())
    };
    INSIDE.try_with(found).unwrap_or(false)
}

/// The probes that this thread is inside of. If there are none, nothing is allocated.
pub(crate) fn inherited() -> Vec<Arc<Probe>> {
    let out = |list: &RefCell<Vec<Arc<Probe>>>| {
        list.borrow().iter().filter(|probe| probe.is_out()).cloned().collect()
    };
    INSIDE.try_with(out).unwrap_or_default()
}

/// A guard for work that belongs to probes of another task.
pub(crate) struct Inside {
    entered: usize,
}

impl Inside {
    /// Lists the probes that are still out, until the guard is dropped.
    pub(crate) fn of(probes: &[Arc<Probe>]) -> Self {
        if probes.is_empty() {
            return Inside { entered: 0 };
        }
        let enter = |list: &RefCell<Vec<Arc<Probe>>>| {
            let mut list = list.borrow_mut();
            let before = list.len();
            list.extend(probes.iter().filter(|probe| probe.is_out()).cloned());
            list.len() - before
        };
        Inside { entered: INSIDE.try_with(enter).unwrap_or(0) }
    }
}

impl Drop for Inside {
    fn drop(&mut self) {
        for _ in 0..self.entered {
            leave();
        }
    }
}
