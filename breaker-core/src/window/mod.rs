//! What became of recent calls: over the last so much time, or the last so many.
//!
//! A window holds the calls of one closed episode, and none of another. A record
//! tells the window which episode its call is of. If that is later than the
//! window's, the window moves on to it and is empty; if it is earlier, the record
//! is late and dropped. Nothing has to be cleared when the breaker closes, and so
//! nothing can be cleared too late.
//!
//! Which episode it is stands in full in [`LatestEpisode`], which only grows, and by its
//! lowest bits in the word that says where that episode's records go. To move on,
//! a thread raises the latest episode first and swaps that word second, and swaps only while
//! the latest episode is still its own. So of threads of two episodes the later one wins,
//! whoever comes first; and a record that finds its own bits in that word goes
//! where its own episode's records go.
//!
//! Orderings: counts are read for their own sake, so they are relaxed, but for
//! one thing. Of two failures that are recorded at once, the later to look must
//! see both, or a trip is missed. So between its record and its look a thread
//! swaps the breaker's word, with acquire and release: to count the failure there, or
//! for itself. Of two threads the one that swaps second sees what the other has
//! recorded, however many have swapped in between. In a window of calls failures see
//! one another without (see [`calls`]), but not a failure and a slow call: so where
//! none is timed, and failures in a row decide nothing, the word is left as it is, and
//! those in a row are read off the window.

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

/// What is recorded of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CallRecord {
    pub(crate) failed: bool,
    pub(crate) slow: bool,
}

/// What a window holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) calls: u64,
    pub(crate) failures: u64,
    pub(crate) slow: u64,
}

impl Totals {
    /// What share of the calls so many are. The quotient of two whole numbers is
    /// rounded as a decimal rate of the same value is, so equals compare equal.
    #[inline]
    pub(crate) fn share(self, part: u64) -> f64 {
        float(part) / float(self.calls)
    }

    /// Whether so many are that share of the calls, or more.
    #[inline]
    pub(crate) fn reach(self, part: u64, rate: f64) -> bool {
        // What is clearly less needs no division.
        float(part) > float(self.calls) * rate * 0.999 && self.share(part) >= rate
    }
}

/// By way of a signed number, which there is an instruction for.
#[inline]
#[allow(clippy::cast_precision_loss, reason = "a window holds less than 2^53 calls")]
#[allow(clippy::cast_possible_wrap, reason = "as above")]
fn float(count: u64) -> f64 {
    count as i64 as f64
}

/// The number of a call that has been recorded, or when that was.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Position(pub(crate) u64);

/// Kind and size of a window, in at most 42 bits; zero is none.
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

    /// Buckets are whole milliseconds, rounded up.
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

/// A window of some shape, and those that the breaker had or will have with
/// other shapes. There are as many as there have been shapes.
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

    /// The window of that shape in a breaker's list. A new one begins with
    /// `episode`.
    pub(crate) fn find(list: &OnceBox<Self>, shape: Shape, episode: Episode) -> &Self {
        let mut at = list.get_or_init(|| Box::new(Self::new(shape, episode)));
        while at.shape != shape {
            at = at.next.get_or_init(|| Box::new(Self::new(shape, episode)));
        }
        at
    }

    /// The first of the list, if it is of that shape: all others are of tuning that
    /// has been replaced.
    #[inline]
    pub(crate) fn first(list: &OnceBox<Self>, shape: Shape) -> Option<&Self> {
        list.get().filter(|window| window.shape == shape)
    }

    /// The window of that shape, if there is one yet.
    pub(crate) fn find_existing(list: &OnceBox<Self>, shape: Shape) -> Option<&Self> {
        let mut at = list.get()?;
        while at.shape != shape {
            at = at.next.get()?;
        }
        Some(at)
    }

    /// Records a call of `episode`, which began at `since`; `None` if the window has
    /// moved on.
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

    /// What the window holds, as seen by a call that has just been recorded.
    #[inline]
    pub(crate) fn sums(&self, episode: Episode, position: Position) -> Totals {
        match &self.window {
            Recorder::Calls(window) => window.sums(episode, position.0),
            Recorder::Time(window) => window.sums(episode, Tick::from_bits(position.0)),
        }
    }

    /// If it is a window of calls.
    #[inline]
    pub(crate) fn of_calls(&self) -> Option<&CallWindow> {
        match &self.window {
            Recorder::Calls(window) => Some(window),
            Recorder::Time(_) => None,
        }
    }

    /// The same at any time, looked up and not counted along: for a trip to be sure of.
    /// Nothing, if the window holds another episode than the one asked for.
    pub(crate) fn recount(&self, episode: Episode, now: impl Fn() -> Tick) -> Totals {
        match &self.window {
            Recorder::Calls(window) => window.recount(episode),
            Recorder::Time(window) => window.sums(episode, now()),
        }
    }
}

/// The latest episode that a window has heard of.
#[derive(Debug)]
struct LatestEpisode(AtomicU64);

impl LatestEpisode {
    fn new(episode: Episode) -> Self {
        LatestEpisode(AtomicU64::new(episode.0))
    }

    #[inline]
    fn is(&self, episode: Episode) -> bool {
        // Relaxed: see the module above; a stale look is put right by the swap.
        self.0.load(Ordering::Relaxed) == episode.0
    }

    /// Makes it this one, unless it is later already. Returns whether it was
    /// earlier; `None` if it is later.
    fn raise(&self, episode: Episode) -> Option<bool> {
        // Relaxed: as above.
        let before = self.0.fetch_max(episode.0, Ordering::Relaxed);
        (before <= episode.0).then_some(before < episode.0)
    }
}

/// The lowest bits of an episode, as a word of a window has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Tag(u64);

impl Tag {
    const BITS: u32 = 20;
    const MASK: u64 = (1 << Self::BITS) - 1;

    const fn of(episode: Episode) -> Self {
        Tag(episode.0 & Self::MASK)
    }
}

/// Swaps `word` to `start` for an episode that the window has not moved on to yet;
/// what it is then, or `None` if the window is further.
fn move_on(
    word: &AtomicU64,
    latest_episode: &LatestEpisode,
    episode: Episode,
    tag_of: impl Fn(u64) -> Tag,
    start: impl Fn(u64) -> u64,
) -> Option<u64> {
    let mut is_first = latest_episode.raise(episode)?;
    // Relaxed: see the module above.
    let mut found = word.load(Ordering::Relaxed);
    loop {
        // Bits that are the same may be those of an episode long ago.
        if tag_of(found) == Tag::of(episode) && !is_first {
            return Some(found);
        }
        if !latest_episode.is(episode) {
            return None;
        }
        let new = start(found);
        match word.compare_exchange(found, new, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => return Some(new),
            Err(newer) => {
                is_first = false;
                found = newer;
            }
        }
    }
}
