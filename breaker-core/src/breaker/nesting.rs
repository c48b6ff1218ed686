//! Which probes the present thread is running.
//!
//! A call made from inside a probe of the same breaker belongs to that probe:
//! it runs, and only the outer outcome counts. Without this a client that calls
//! itself could never recover, since its inner call would find the slot taken.
//!
//! Only probes are noted here, so a closed breaker pays nothing. A future is
//! noted for the length of each poll. What a probe spawns is not inside it.

use core::cell::RefCell;

use crate::state::word::Episode;
use crate::sync::atomic::per_thread;

/// A breaker's address, which is its identity while a permit borrows it.
type Identity = usize;

per_thread! {
    static INSIDE: RefCell<Vec<(Identity, Episode)>> = RefCell::new(Vec::new());
}

/// Notes a probe, until [`leave`] on the same thread.
pub(crate) fn enter<T>(breaker: &T, episode: Episode) {
    // A thread that is being torn down has no list any more, and no calls.
    let _ = INSIDE.try_with(|list| list.borrow_mut().push((identity(breaker), episode)));
}

/// Forgets the probe noted last.
pub(crate) fn leave() {
    let _ = INSIDE.try_with(|list| list.borrow_mut().pop());
}

/// Whether this thread is inside a probe of that episode.
pub(crate) fn is_inside<T>(breaker: &T, episode: Episode) -> bool {
    let wanted = (identity(breaker), episode);
    INSIDE.try_with(|list| list.borrow().contains(&wanted)).unwrap_or(false)
}

fn identity<T>(breaker: &T) -> Identity {
    core::ptr::from_ref(breaker).addr()
}
