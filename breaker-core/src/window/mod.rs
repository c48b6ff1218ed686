//! The windows of a breaker: totals of the calls in the last period, or of the last N calls.
//!
//! A window holds the calls of one closed or observing episode. A record of a later episode moves
//! the window on, which empties it; a record of an earlier episode is late and dropped. So no
//! window has to be cleared when the breaker closes, or when a config changes its size. [`calls`]
//! tells how a window of calls moves on.
//!
//! Each record in a window of time names the [`Epoch`] of its call: the episode, and the number of
//! changes of the window before it. The window stores its epoch twice: in full in
//! [`LatestEpoch`](epoch::LatestEpoch), which only grows, and as a [`Tag`](epoch::Tag) in the word
//! that says where the epoch's records go. To move on, a thread loads that word, raises the latest
//! epoch, and then swaps the word, provided that the latest epoch is still its own. So if two
//! threads bring different epochs, the later epoch wins in either order, and a record that finds
//! its own tag in the word goes where its epoch's records go.
//!
//! Orderings: counts are read for their own sake, so they are relaxed, with one exception.
//! If two concurrent calls may trip together, the thread that looks last must see both, or a trip
//! is missed. So between its record and its look, a thread changes a word that the other changes
//! too, with acquire and release. The later change reads from the release sequence of the earlier
//! one, and so sees the earlier thread's record, even if other threads changed the word in between.
//!
//! In a window of time that word is the number of looks (see [`credit`]); the breaker's word changes
//! as well, but no trip depends on that.
//!
//! In a window of calls two failures see each other through the failure count (see [`calls`]). A
//! failure and a slow call do not, and the slow rate may need both: the failure may complete the
//! least number of calls. So after its record each of the two changes the breaker's word: it counts
//! the failure there, or flips a bit that means nothing. A failure leaves the word alone only if no
//! call is timed and no threshold is set; the consecutive failures are then read from the window.

mod calls;
mod credit;
mod epoch;
mod head;
mod looks;
mod node;
mod set;
mod shape;
mod slots;
mod stripe;
mod time;

use crate::clock::Tick;
use crate::state::status::Episode;

pub(crate) use calls::CallWindow;
pub(crate) use credit::Draw;
use epoch::Epoch;
use head::Head;
pub(crate) use head::Place;
pub(crate) use node::TimeNode;
pub(crate) use set::{Change, Windows};
pub(crate) use shape::{Layout, Shape};

/// One call, as a window records it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CallRecord {
    pub(crate) failed: bool,
    pub(crate) slow: bool,
}

/// The totals of a window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) calls: u64,
    pub(crate) failures: u64,
    pub(crate) slow: u64,
}

impl Totals {
    /// Returns `part` divided by the calls. The quotient of two whole numbers is rounded like a
    /// decimal literal of equal value, so a share equal to a rate compares equal.
    #[inline]
    pub(crate) fn share(self, part: u64) -> f64 {
        float(part) / float(self.calls)
    }

    /// Returns whether `part` is at least the share `rate` of the calls.
    #[inline]
    pub(crate) fn reach(self, part: u64, rate: f64) -> bool {
        // A share clearly below the rate needs no division.
        float(part) > float(self.calls) * rate * 0.999 && self.share(part) >= rate
    }
}

/// Converts by way of `i64`, for which x86-64 has an instruction.
#[inline]
#[allow(clippy::cast_precision_loss, reason = "a window holds less than 2^53 calls")]
#[allow(clippy::cast_possible_wrap, reason = "as above")]
fn float(count: u64) -> f64 {
    count as i64 as f64
}

/// Identifies a recorded call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position {
    /// The epoch of the call; in a window of calls, its episode.
    epoch: Epoch,
    /// The call's place in a window of calls, its moment in a window of time.
    at: u64,
    /// True if the window has counted the call among the consecutive failures.
    pub(crate) counted: bool,
}

#[cfg(all(test, not(breaker_loom)))]
impl Position {
    pub(crate) const fn at(at: u64) -> Self {
        Position { epoch: Epoch(0), at, counted: false }
    }

    pub(crate) const fn number(self) -> u64 {
        self.at
    }
}

/// The window in use.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Window<'a> {
    Calls(&'a CallWindow),
    Time(&'a TimeNode),
}

impl Window<'_> {
    /// Records a call of `episode`, which began at `since`. Returns `None` if the window belongs to
    /// another episode, or is being changed. `in_word`: the breaker's word counts the call, if it
    /// has failed.
    #[inline]
    pub(crate) fn record(
        self,
        episode: Episode,
        since: impl Fn() -> Tick,
        now: impl Fn() -> Tick,
        record: CallRecord,
        in_word: bool,
    ) -> Option<Position> {
        match self {
            Window::Calls(window) => window.record(episode, record, in_word),
            Window::Time(window) => window.record(episode, since, now, record),
        }
    }

    /// Makes the slow call at `position` a failed one too. Returns `false` if the call has left the
    /// window.
    pub(crate) fn add_failure(self, position: Position, now: impl Fn() -> Tick) -> bool {
        let Position { epoch, at, .. } = position;
        match self {
            Window::Calls(window) => window.add_failure(Episode(epoch.0), Head(at)),
            Window::Time(node) => node.window.add_failure(epoch, Tick::from_bits(at), now()),
        }
    }

    /// Returns the totals, as seen by the call recorded at `position`.
    #[cfg(all(test, not(breaker_loom)))]
    pub(crate) fn sums(self, position: Position) -> Totals {
        match self {
            Window::Calls(window) => window.sums_at(position),
            Window::Time(node) => node.sums(position),
        }
    }

    /// Looks whether the window may trip, as seen by the call recorded at `position`. `spare` is as
    /// in [`TimeNode::look`].
    pub(crate) fn look(self, position: Position, spare: &dyn Fn(Totals) -> Option<u64>) -> bool {
        match self {
            Window::Calls(window) => spare(window.sums_at(position)).is_none(),
            Window::Time(node) => node.look(position, spare),
        }
    }

    /// Returns the window of calls, unless this is a window of time.
    #[inline]
    pub(crate) fn of_calls(&self) -> Option<&CallWindow> {
        match self {
            Window::Calls(window) => Some(window),
            Window::Time(_) => None,
        }
    }

    /// Recounts the totals; a window of calls counts its slots. It is called before a trip, because
    /// the running counts may be ahead of the slots for a moment. Returns zeros if the window does
    /// not hold `episode`, and `None` while it is being changed.
    pub(crate) fn recount(self, episode: Episode, now: impl Fn() -> Tick) -> Option<Totals> {
        match self {
            Window::Calls(window) => window.recount(episode),
            Window::Time(node) => Some(node.window.sums(node.epoch(episode), now())),
        }
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests;
