//! The windows of a breaker: totals of the calls in the last period, or of the last N calls.
//!
//! A window holds the calls of one closed or observing episode. Each record names the
//! episode of its call. If that episode is later than the window's, the window moves on
//! to it and is empty; if it is earlier, the record is late and dropped. So no window has
//! to be cleared when the breaker closes.
//!
//! A window stores its episode twice: in full in [`LatestEpisode`], which only grows, and
//! as a [`Tag`] in the word that says where the episode's records go. To move on, a thread
//! loads that word, raises the latest episode, and then swaps the word, only while the
//! latest episode is still its own. So if two threads bring different episodes, the later
//! episode wins in either order, and a record that finds its own tag in the word goes
//! where its episode's records go.
//!
//! Orderings: counts are read for their own sake, so they are relaxed, with one exception.
//! If two failures are recorded at once, the thread that looks last must see both, or a
//! trip is missed. So between its record and its look a thread swaps the breaker's word,
//! with acquire and release: it counts the failure there, or swaps the word with itself.
//! The later swap reads from the release sequence of the earlier swap, and so sees the
//! earlier thread's record, even if other threads swapped the word in between.
//!
//! In a window of calls two failures see each other through the failure count (see
//! [`calls`]), so the word may be swapped before the record. A failure and a slow call do
//! not see each other there. So a failure leaves the word alone only if no call is timed and
//! no threshold is set; the consecutive failures are then read from the window.

mod calls;
mod stripe;
mod time;

use core::time::Duration;

use once_cell::race::OnceBox;

use crate::clock::{Span, Tick};
use crate::config::Window;
use crate::state::word::Episode;
use crate::sync::atomic::{AtomicU64, Ordering};

pub(crate) use calls::CallWindow;
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
    /// Returns `part` divided by the calls. The quotient of two whole numbers is rounded
    /// like a decimal literal of equal value, so a share equal to a rate compares equal.
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

/// Identifies a recorded call: by its number in a window of calls, by its moment in a
/// window of time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position(pub(crate) u64);

/// The kind and size of a window, in at most 42 bits; zero stands for no window.
///
/// Time: a flag, buckets (6), length of a bucket in milliseconds (27: 24 h). Calls:
/// their number (32).
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

    /// The window as a config has it. The length of a time window is that of its buckets.
    #[allow(clippy::cast_possible_truncation, reason = "each field is cut to its own width")]
    pub(crate) fn window(self) -> Window {
        if self.0 & TIME == 0 {
            return Window::Calls(self.0 as u32);
        }
        let buckets = (self.0 & !TIME) >> BUCKET_BITS;
        let length = Duration::from_millis((self.0 & BUCKET_MASK) * buckets);
        Window::Time { length, buckets: buckets as u8 }
    }

    pub(crate) const fn from_bits(bits: u64) -> Option<Self> {
        if bits == 0 { None } else { Some(Shape(bits)) }
    }

    pub(crate) const fn bits(self) -> u64 {
        self.0
    }
}

/// A node in a breaker's list of windows. The list has one node for each shape that the
/// breaker has recorded with; no node is ever removed.
#[derive(Debug)]
pub(crate) struct WindowNode {
    shape: Shape,
    window: Recorder,
    next: OnceBox<WindowNode>,
}

#[derive(Debug)]
enum Recorder {
    Calls(CallWindow),
    Time(TimeWindow),
}

impl WindowNode {
    fn new(shape: Shape, episode: Episode) -> Self {
        #[allow(clippy::cast_possible_truncation, reason = "each field is cut to its own width")]
        let window = if shape.0 & TIME == 0 {
            Recorder::Calls(CallWindow::new(shape.0 as u32, episode))
        } else {
            let buckets = (shape.0 & !TIME) >> BUCKET_BITS;
            let (buckets, bucket) = (buckets as u8, Span::from_bits(shape.0 & BUCKET_MASK));
            Recorder::Time(TimeWindow::new(bucket, buckets, episode))
        };
        WindowNode { shape, window, next: OnceBox::new() }
    }

    /// Returns the window of that shape in a breaker's list. Appends one that begins with
    /// `episode` if there is none.
    pub(crate) fn find(list: &OnceBox<Self>, shape: Shape, episode: Episode) -> &Self {
        let mut at = list.get_or_init(|| Box::new(Self::new(shape, episode)));
        while at.shape != shape {
            at = at.next.get_or_init(|| Box::new(Self::new(shape, episode)));
        }
        at
    }

    /// Returns the first window of the list, if it has that shape. Without a change of
    /// shape there is only one window, so the fast path looks no further.
    #[inline]
    pub(crate) fn first(list: &OnceBox<Self>, shape: Shape) -> Option<&Self> {
        list.get().filter(|window| window.shape == shape)
    }

    /// Returns the window of that shape, if the list has one.
    pub(crate) fn find_existing(list: &OnceBox<Self>, shape: Shape) -> Option<&Self> {
        let mut at = list.get()?;
        while at.shape != shape {
            at = at.next.get()?;
        }
        Some(at)
    }

    /// Records a call of `episode`, which began at `since`. Returns `None` if the window
    /// has moved on to a later episode.
    #[inline]
    pub(crate) fn record(
        &self,
        episode: Episode,
        since: impl Fn() -> Tick,
        now: impl Fn() -> Tick,
        record: CallRecord,
    ) -> Option<Position> {
        match &self.window {
            Recorder::Calls(window) => match window.record_fast(episode, record) {
                Ok(number) => Some(Position(number)),
                Err(taken) => window.record(episode, record, taken).map(Position),
            },
            Recorder::Time(window) => {
                window.record(episode, since, now, record).map(|now| Position(now.bits()))
            }
        }
    }

    /// Makes the slow call at `position` a failed one too. Returns `false` if it is no longer in
    /// the window.
    pub(crate) fn add_failure(
        &self,
        episode: Episode,
        position: Position,
        now: impl Fn() -> Tick,
    ) -> bool {
        match &self.window {
            Recorder::Calls(window) => window.add_failure(episode, position.0),
            Recorder::Time(window) => {
                window.add_failure(episode, Tick::from_bits(position.0), now())
            }
        }
    }

    /// Returns the totals, as seen by the call that was recorded at `position`.
    #[inline]
    pub(crate) fn sums(&self, episode: Episode, position: Position) -> Totals {
        match &self.window {
            Recorder::Calls(window) => window.sums(episode, position.0),
            Recorder::Time(window) => window.sums(episode, Tick::from_bits(position.0)),
        }
    }

    /// Returns the window of calls, unless this is a window of time.
    #[inline]
    pub(crate) fn of_calls(&self) -> Option<&CallWindow> {
        match &self.window {
            Recorder::Calls(window) => Some(window),
            Recorder::Time(_) => None,
        }
    }

    /// Recounts the totals, in a window of calls from its slots. Called before a trip,
    /// because the running counts may be ahead of the slots for a moment. Returns zeros if
    /// the window does not hold `episode`.
    pub(crate) fn recount(&self, episode: Episode, now: impl Fn() -> Tick) -> Totals {
        match &self.window {
            Recorder::Calls(window) => window.recount(episode),
            Recorder::Time(window) => window.sums(episode, now()),
        }
    }
}

/// The latest episode that any record has brought to a window.
#[derive(Debug)]
struct LatestEpisode(AtomicU64);

impl LatestEpisode {
    fn new(episode: Episode) -> Self {
        LatestEpisode(AtomicU64::new(episode.0))
    }

    #[inline]
    fn is(&self, episode: Episode) -> bool {
        // Relaxed: see the module above. If the load is stale, the later episode's swap of
        // the window's word still wins.
        self.0.load(Ordering::Relaxed) == episode.0
    }

    /// Raises the latest episode to `episode`. Returns whether it was earlier, or `None` if
    /// it is later.
    fn raise(&self, episode: Episode) -> Option<bool> {
        // Relaxed: as above.
        let before = self.0.fetch_max(episode.0, Ordering::Relaxed);
        (before <= episode.0).then_some(before < episode.0)
    }
}

/// The lowest bits of an episode, as stored in the words of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tag(u64);

impl Tag {
    const BITS: u32 = 20;
    const MASK: u64 = (1 << Self::BITS) - 1;

    const fn of(episode: Episode) -> Self {
        Tag(episode.0 & Self::MASK)
    }
}

/// Moves a window on to `episode`, if it is not there yet: swaps its `word` to what `start`
/// returns. Returns the word of `episode`, or `None` if the window is in a later episode.
fn move_on(
    word: &AtomicU64,
    latest_episode: &LatestEpisode,
    episode: Episode,
    tag_of: impl Fn(u64) -> Tag,
    start: impl Fn(u64) -> u64,
) -> Option<u64> {
    // Acquire pairs with the release below: a thread that finds a word which another thread
    // has moved on to `episode` does not raise the latest episode, since that thread has. So
    // the raising thread has found an older word. If another thread moves it on meanwhile,
    // the swap below fails, and that thread's records stay.
    let mut found = word.load(Ordering::Acquire);
    let mut is_first = latest_episode.raise(episode)?;
    loop {
        // An equal tag that the raising thread has found is left from an episode long ago.
        if tag_of(found) == Tag::of(episode) && !is_first {
            return Some(found);
        }
        if !latest_episode.is(episode) {
            return None;
        }
        let new = start(found);
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
