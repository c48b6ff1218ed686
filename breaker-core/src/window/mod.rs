//! The windows of a breaker: totals of the calls in the last period, or of the last N calls.
//!
//! A window holds the calls of one closed or observing episode. A record of a later episode moves
//! the window on, which empties it; a record of an earlier episode is late and dropped. So no
//! window has to be cleared when the breaker closes, or when a config changes its size. [`calls`]
//! tells how a window of calls moves on.
//!
//! Each record in a window of time names the [`Epoch`] of its call: the episode, and the number of
//! changes of the window before it. The window stores its epoch twice: in full in [`LatestEpoch`],
//! which only grows, and as a [`Tag`] in the word that says where the epoch's records go. To move
//! on, a thread loads that word, raises the latest epoch, and then swaps the word, provided that
//! the latest epoch is still its own. So if two threads bring different epochs, the later epoch
//! wins in either order, and a record that finds its own tag in the word goes where its epoch's
//! records go.
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
mod head;
mod looks;
mod set;
mod slots;
mod stripe;
mod time;

use core::time::Duration;

use crate::clock::{Span, Tick};
use crate::config;
use crate::state::status::Episode;
use crate::sync::atomic::{AtomicU64, Ordering};

pub(crate) use calls::CallWindow;
pub(crate) use credit::Draw;
use head::Head;
pub(crate) use head::Place;
pub(crate) use set::{Change, Windows};
use time::TimeWindow;

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

/// The kind and size of a window, in at most 42 bits; zero stands for no window.
///
/// Time: a flag, buckets (6), length of a bucket in milliseconds (27: 24 h). Calls: their number
/// (32).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Shape(u64);

const TIME: u64 = 1 << 41;
const BUCKET_BITS: u32 = 27;
const BUCKET_MASK: u64 = (1 << BUCKET_BITS) - 1;

impl Shape {
    pub(crate) const fn calls(calls: u32) -> Self {
        Shape(calls as u64)
    }

    /// Returns the shape of a window of time. Buckets are whole milliseconds, rounded up.
    pub(crate) const fn time(length: Duration, buckets: u8) -> Self {
        let bucket = Span::new(length).bits().div_ceil(buckets as u64);
        Shape(TIME | (buckets as u64) << BUCKET_BITS | bucket & BUCKET_MASK)
    }

    /// Returns the window as a config states it. A time window is as long as its buckets together.
    pub(crate) fn window(self) -> config::Window {
        match self.split() {
            Kind::Calls(calls) => config::Window::Calls(calls),
            Kind::Time { bucket, buckets } => {
                let length = Duration::from_millis(bucket.bits() * u64::from(buckets));
                config::Window::Time { length, buckets }
            }
        }
    }

    #[allow(clippy::cast_possible_truncation, reason = "each field is cut to its own width")]
    fn split(self) -> Kind {
        if self.0 & TIME == 0 {
            return Kind::Calls(self.0 as u32);
        }
        let buckets = (self.0 & !TIME) >> BUCKET_BITS;
        Kind::Time { bucket: Span::from_bits(self.0 & BUCKET_MASK), buckets: buckets as u8 }
    }

    pub(crate) fn is_of_calls(self) -> bool {
        self.0 & TIME == 0
    }

    pub(crate) const fn from_bits(bits: u64) -> Option<Self> {
        if bits == 0 { None } else { Some(Shape(bits)) }
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }
}

/// A shape, unpacked.
enum Kind {
    Calls(u32),
    Time { bucket: Span, buckets: u8 },
}

/// The shape of a window, and which failures the window counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Layout {
    pub(crate) shape: Shape,
    /// True if the window counts consecutive failures in place of the breaker's word: no threshold
    /// is set, no call is timed, and it is a window of calls.
    pub(crate) counts_consecutive: bool,
}

/// A window of time, one of a breaker's [`Windows`]. It may hold one shape after another.
#[derive(Debug)]
pub(crate) struct TimeNode {
    /// The epoch of episode zero, for the window's present shape.
    base: AtomicU64,
    window: TimeWindow,
}

impl TimeNode {
    /// Makes a window with room for this many buckets. No call is recorded before it
    /// [begins](Self::begin).
    fn new(buckets: u8) -> Self {
        TimeNode { base: AtomicU64::new(0), window: TimeWindow::new(buckets) }
    }

    /// Starts anew, empty, with a shape for which there is room. `base` is the epoch of episode
    /// zero. The caller holds the lock of the breaker's windows.
    fn begin(
        &self,
        (bucket, buckets): (Span, u8),
        base: u64,
        episode: Episode,
        now: impl Fn() -> Tick,
    ) {
        self.window.begin(bucket, buckets, Epoch(base.wrapping_add(episode.0)), now);
        self.window.renew_row(episode);
        // Release pairs with the acquire in `epoch`: a record of the new epoch finds the window
        // begun.
        self.base.store(base, Ordering::Release);
    }

    /// Records no more calls until the window starts anew, with a later base than `base`. The
    /// caller holds the lock of the breaker's windows.
    fn retire(&self, base: u64) {
        self.window.retire(Epoch(base));
    }

    /// Returns the epoch of an episode.
    #[inline]
    fn epoch(&self, episode: Episode) -> Epoch {
        // Acquire pairs with the release in `begin`.
        Epoch(self.base.load(Ordering::Acquire).wrapping_add(episode.0))
    }

    /// Records a call of `episode`, which began at `since`. Returns `None` if the window has
    /// moved on to a later epoch.
    #[inline]
    pub(crate) fn record(
        &self,
        episode: Episode,
        since: impl Fn() -> Tick,
        now: impl Fn() -> Tick,
        record: CallRecord,
    ) -> Option<Position> {
        let epoch = self.epoch(episode);
        let at = self.window.record(epoch, since, now, record);
        at.map(|now| Position { epoch, at: now.bits(), counted: false })
    }

    /// Records a failure as [`record`](Self::record) does, and draws a credit if it can. `in_word`:
    /// the breaker's word counts the failure; otherwise the credit counts it.
    #[inline]
    pub(crate) fn fail(
        &self,
        episode: Episode,
        since: impl Fn() -> Tick,
        now: impl Fn() -> Tick,
        in_word: impl Fn() -> bool,
    ) -> Option<(Position, Draw)> {
        let epoch = self.epoch(episode);
        let (at, draw) = self.window.fail(epoch, episode, since, now, in_word)?;
        Some((Position { epoch, at: at.bits(), counted: false }, draw))
    }

    /// Returns the consecutive failures that credits have counted. Returns `None` while a config is
    /// changing.
    pub(crate) fn consecutive_failures(&self, episode: Episode) -> Option<u16> {
        let failures = self.window.row_failures(episode)?;
        Some(u16::try_from(failures).unwrap_or(u16::MAX))
    }

    /// Ends the consecutive failures for a recorded success. Returns true if a config is changing:
    /// the caller must wait for the end of the change.
    #[inline]
    pub(crate) fn end_row(&self) -> bool {
        self.window.end_row()
    }

    /// Looks whether the window trips, as seen by the call recorded at `position`. `spare` returns
    /// a number of failures that, added to some totals, do not trip, or `None` if the totals trip.
    pub(crate) fn look(&self, position: Position, spare: &dyn Fn(Totals) -> Option<u64>) -> bool {
        self.window.look(position.epoch, Tick::from_bits(position.at), spare)
    }

    /// Returns the totals, as seen by the call recorded at `position`.
    #[cfg(all(test, not(breaker_loom)))]
    pub(crate) fn sums(&self, position: Position) -> Totals {
        self.window.sums(position.epoch, Tick::from_bits(position.at))
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

/// The episode of a record in a window of time, and the number of changes of shape before it, in
/// one word.
///
/// Both only grow, and the change of shape counts for more: the epochs of an earlier shape are all
/// earlier, whatever their episodes. Epochs are compared as numbers that wrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Epoch(u64);

impl Epoch {
    /// The distance between two changes of shape: more than any episode, which has 40 bits, and
    /// odd, so that a change of shape changes the [`Tag`] too.
    const CHANGE: u64 = (1 << 42) + 1;

    /// Returns whether this epoch is later than `other`. The two must be less than a million
    /// changes of shape apart.
    fn is_after(self, other: Epoch) -> bool {
        (1..1 << 63).contains(&self.0.wrapping_sub(other.0))
    }
}

/// The latest epoch that any record has brought to a window.
#[derive(Debug)]
struct LatestEpoch(AtomicU64);

impl LatestEpoch {
    fn new() -> Self {
        LatestEpoch(AtomicU64::new(0))
    }

    #[inline]
    fn is(&self, epoch: Epoch) -> bool {
        // Relaxed: see the module above. If the load is stale, the later epoch's swap of
        // the window's word still wins.
        self.0.load(Ordering::Relaxed) == epoch.0
    }

    /// Raises the latest epoch to `epoch`. Returns whether it was earlier, or `None` if it is
    /// later.
    fn raise(&self, epoch: Epoch) -> Option<bool> {
        // Relaxed: the swap of the window's word decides, see the module above.
        let mut found = self.0.load(Ordering::Relaxed);
        while epoch.is_after(Epoch(found)) {
            match self.0.compare_exchange_weak(found, epoch.0, Ordering::Relaxed, Ordering::Relaxed)
            {
                Ok(_) => return Some(true),
                Err(newer) => found = newer,
            }
        }
        (found == epoch.0).then_some(false)
    }
}

/// The lowest bits of an epoch, as stored in the words of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tag(u64);

impl Tag {
    const BITS: u32 = 20;
    const MASK: u64 = (1 << Self::BITS) - 1;

    const fn of(epoch: Epoch) -> Self {
        Tag(epoch.0 & Self::MASK)
    }
}

/// Moves a window on to `epoch`, if it is not there yet: swaps its `word` to the result of `start`.
/// Returns the word of `epoch`, or `None` if the window is in a later epoch, or `start` returns
/// `None`.
fn move_on(
    word: &AtomicU64,
    latest: &LatestEpoch,
    epoch: Epoch,
    tag_of: impl Fn(u64) -> Tag,
    start: impl Fn(u64) -> Option<u64>,
) -> Option<u64> {
    // Acquire pairs with the release below: a thread that finds a word which another thread has
    // moved on to `epoch` does not raise the latest epoch, since that thread has. So the thread
    // that raises it has found an older word. If another thread moves the word on meanwhile, the
    // swap below fails, and that thread's records stay.
    let mut found = word.load(Ordering::Acquire);
    let mut is_first = latest.raise(epoch)?;
    loop {
        // If the raising thread finds an equal tag, it is left from an epoch long ago.
        if tag_of(found) == Tag::of(epoch) && !is_first {
            return Some(found);
        }
        if !latest.is(epoch) {
            return None;
        }
        let new = start(found)?;
        match word.compare_exchange(found, new, Ordering::Release, Ordering::Relaxed) {
            Ok(_) => return Some(new),
            Err(newer) => {
                is_first = false;
                found = newer;
            }
        }
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests;
