//! Lists the probes that the current thread is running.
//!
//! A call made from inside a probe of the same breaker belongs to that probe: the call runs, and
//! only the outcome of the probe counts. Otherwise a client that calls itself could never
//! recover, since its inner call would find the slot taken.
//!
//! Only probes are listed, so a call through a closed breaker pays nothing. A future is listed
//! during each poll. A task that a probe spawns is not inside the probe.

use core::cell::RefCell;

use crate::state::word::Episode;
use crate::sync::atomic::per_thread;

/// A breaker's address, which is its identity while a permit refers to the breaker.
type Identity = usize;

per_thread! {
    static INSIDE: RefCell<Vec<(Identity, Episode)>> = RefCell::new(Vec::new());
}

/// Lists a probe, until [`leave`] on the same thread.
pub(crate) fn enter<T>(breaker: &T, episode: Episode) {
    // Fails if the thread is ending and its list destroyed; the probe is then not listed.
    let _ = INSIDE.try_with(|list| list.borrow_mut().push((identity(breaker), episode)));
}

/// Removes the probe listed last.
pub(crate) fn leave() {
    let _ = INSIDE.try_with(|list| list.borrow_mut().pop());
}

/// Returns whether this thread is inside a probe of `breaker` in `episode`.
pub(crate) fn is_inside<T>(breaker: &T, episode: Episode) -> bool {
    let wanted = (identity(breaker), episode);
    INSIDE.try_with(|list| list.borrow().contains(&wanted)).unwrap_or(false)
}

fn identity<T>(breaker: &T) -> Identity {
    core::ptr::from_ref(breaker).addr()
}
