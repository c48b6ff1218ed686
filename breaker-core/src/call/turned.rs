//! Tells the outer of two attributes on one function that the inner one has turned the call away.
//!
//! The body of the outer attribute is the whole expansion of the inner one. When the inner breaker
//! rejects the call, its expansion sets a flag of this thread. The outer call listens while its
//! body runs, or during each poll. Once it finds the flag set, it ignores the call, even if the
//! body unwinds. Calls of other functions inside the body cannot disturb the flag: an attribute
//! sets it only if it has an outer one, and that restores the flag as it was.

use core::cell::Cell;
use core::marker::PhantomData;

use crate::sync::atomic::per_thread;

per_thread! {
    static TURNED_AWAY: Cell<bool> = Cell::new(false);
}

/// Notes that the breaker of an inner attribute has rejected the call.
#[inline]
pub fn turn_away() {
    // Fails if the thread is ending; the outer attribute then judges the answer.
    let _ = TURNED_AWAY.try_with(|flag| flag.set(true));
}

/// A call under way that can be ignored.
pub(crate) trait Ignorable {
    /// Ends the call without counting it.
    fn ignore(&mut self);
}

/// A guard that listens for the inner attribute. At its end it restores the flag as it was.
///
/// If the body unwinds, the guard is dropped before the permit of its call. It then ignores a call
/// that has been turned away: a fallback or the closure of `error` panicked, not a service.
pub(crate) struct Listening<'a, C: Ignorable, P: Place> {
    before: bool,
    call: &'a mut C,
    place: PhantomData<P>,
}

impl<'a, C: Ignorable, P: Place> Listening<'a, C, P> {
    /// Starts to listen, if there is an inner attribute.
    #[inline]
    pub(crate) fn start(call: &'a mut C, _: P) -> Option<Self> {
        P::HAS_INNER.then(|| Listening { before: replace(false), call, place: PhantomData })
    }

    /// Returns whether the call has been turned away. If so, the call is ignored.
    #[inline]
    pub(crate) fn end(listening: Option<Self>) -> bool {
        let Some(mut listening) = listening else { return false };
        let is_turned_away = listening.stop();
        core::mem::forget(listening);
        is_turned_away
    }

    /// Ignores a call that has been turned away, and passes the news on if this attribute has
    /// another outside.
    fn stop(&mut self) -> bool {
        let is_turned_away = replace(self.before);
        if is_turned_away {
            if P::HAS_OUTER {
                turn_away();
            }
            self.call.ignore();
        }
        is_turned_away
    }
}

impl<C: Ignorable, P: Place> Drop for Listening<'_, C, P> {
    #[inline]
    fn drop(&mut self) {
        // Without an inner attribute there is no guard, and no code is left of this.
        if P::HAS_INNER {
            self.stop();
        }
    }
}

fn replace(flag: bool) -> bool {
    TURNED_AWAY.try_with(|turned| turned.replace(flag)).unwrap_or(false)
}

/// The place of an attribute among the attributes of its function.
pub trait Place: Copy {
    /// True if there is an attribute inside of it.
    const HAS_INNER: bool;
    /// True if there is an attribute outside of it.
    const HAS_OUTER: bool;
}

/// The place of an attribute with no other inside of it.
#[derive(Clone, Copy, Debug)]
pub struct Innermost;

impl Place for Innermost {
    const HAS_INNER: bool = false;
    // An innermost attribute has nothing to pass on.
    const HAS_OUTER: bool = false;
}

/// The place of an attribute with another inside of it, and perhaps a third outside.
#[derive(Clone, Copy, Debug)]
pub struct Around<const HAS_OUTER: bool>;

impl<const HAS_OUTER: bool> Place for Around<HAS_OUTER> {
    const HAS_INNER: bool = true;
    const HAS_OUTER: bool = HAS_OUTER;
}
