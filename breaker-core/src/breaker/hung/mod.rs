//! Counts the timed calls that are out, so that a call which hangs is found before it returns.
//!
//! Time is cut into buckets of an eighth of `slow_call`. Each call belongs to the bucket that it
//! began in. A bucket is *due* once its last moment is `slow_call` ago: whatever is still out of
//! it is slow. The next call that begins *sweeps* the buckets that are due: it takes their calls
//! out and reports them. So a call that hangs is found between `slow_call` and 9/8 of it after
//! its beginning, if calls keep coming.
//!
//! At most ten buckets are not due at one moment. Each shard (see [`crate::sync::shard`]) has a
//! ring of sixteen [slots](slot), and all threads without a shard have one more. A call adds one
//! to its bucket's slot when it begins, and takes one off when it ends, each in the shard of the
//! thread that it is on at that moment. A sweep swaps the slot of that bucket in every shard for
//! a mark, and sums up what it finds.
//!
//! Nothing is counted twice, and every order of the swaps gives an exact result. A call's end
//! changes a slot before the sweep comes there, and is part of the sum, which then leaves the
//! call out; or it finds the mark, and the sum has the call in it. A call's beginning changes a
//! slot before the sweep comes there, or it finds the mark, and begins anew. The changes of one
//! slot have one order whatever the ordering, and a call's end comes after its beginning, so all
//! of these swaps are relaxed.
//!
//! The buckets belong to an episode and to one `slow_call`. When either changes, the next call
//! that begins *renews* everything under the lock: the generation gets another number, and every
//! slot the mark. A call's token names its generation. A token of an earlier generation tells
//! that its call may have been counted, if it was out for the shortest `slow_call` of the
//! episode; such a call is not counted again.
//!
//! Orderings: `generation` is odd while the others change. A reader loads it with acquire, then
//! `episode` and `bound` with acquire, then `generation` again. A reader that finds a new value
//! thus finds the odd number, or a later one, by the second look; a reader that finds the even
//! number of a renewal finds all that was stored before it. `swept` is raised, with release,
//! after the slots have their marks.

mod slot;
#[cfg(all(test, not(breaker_loom)))]
mod tests;

use std::collections::VecDeque;
use std::num::NonZeroU16;

use crate::state::word::Episode;
use crate::sync::atomic::{AtomicU64, Mutex, Ordering, lock};
use crate::sync::shard;
use crate::window::Position;
use slot::{Bucket, Change, Gone, Slot};

/// The slots of a ring: more than the buckets that can be out at once.
const SLOTS: usize = 16;
const ROUND: u64 = SLOTS as u64;
/// How many positions of counted calls are kept for failures that come later.
const POSITIONS: usize = 4096;
/// After so many buckets without a sweep, the numbers of the slots may have wrapped.
const FAR: u64 = 1 << 24;

/// What a call keeps until its end: the generation that it began in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Token(NonZeroU16);

impl Token {
    fn of(generation: u64) -> Self {
        let number = (generation / 2 % u64::from(u16::MAX)) + 1;
        Token(u16::try_from(number).ok().and_then(NonZeroU16::new).unwrap_or(NonZeroU16::MIN))
    }

    /// Returns the token in a ticket's form; zero stands for none.
    pub(crate) const fn to_bits(token: Option<Self>) -> u16 {
        match token {
            Some(Token(number)) => number.get(),
            None => 0,
        }
    }

    pub(crate) const fn from_bits(bits: u16) -> Option<Self> {
        match NonZeroU16::new(bits) {
            Some(number) => Some(Token(number)),
            None => None,
        }
    }
}

/// The beginning of a call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// The call is counted among those that are out.
    Out(Token),
    /// The call is not counted: its episode is over, or too many calls are out.
    Untracked,
    /// The call has not begun. These calls hang and are to be counted as slow; a call is known
    /// by the number of its bucket.
    Hung(Vec<u64>),
}

/// The end of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// The call has not been counted as slow, and will not be by a sweep.
    Uncounted,
    /// The call has been counted as slow, at that position of the window if it is known.
    Counted(Option<Position>),
}

/// The timed calls of one breaker that are out. All times are in nanoseconds of its clock.
#[derive(Debug)]
pub(crate) struct HungCalls {
    /// Odd while it changes.
    generation: AtomicU64,
    episode: AtomicU64,
    /// `slow_call`; zero before the first call.
    bound: AtomicU64,
    /// The shortest `slow_call` that the episode has had.
    shortest_bound: AtomicU64,
    /// All buckets below this number have been swept.
    swept: AtomicU64,
    /// By shard; the last ring is shared.
    rings: Box<[Ring]>,
    /// Locks a sweep or a renewal. Holds the bucket and the position of counted calls whose
    /// failures may be added.
    positions: Mutex<VecDeque<(u64, Position)>>,
}

/// The slots of one shard, two cache lines.
#[derive(Debug)]
#[repr(align(128))]
struct Ring([AtomicU64; SLOTS]);

impl Ring {
    fn slot(&self, number: u64) -> &AtomicU64 {
        #[allow(clippy::cast_possible_truncation, reason = "less than the number of slots")]
        let place = (number % ROUND) as usize;
        &self.0[place]
    }

    #[inline]
    fn change(&self, number: u64, bucket: Bucket, change: Change) -> Result<(), Gone> {
        let slot = self.slot(number);
        // Relaxed: see the module above.
        let mut found = slot.load(Ordering::Relaxed);
        loop {
            let new = Slot(found).change(bucket, change)?.0;
            match slot.compare_exchange_weak(found, new, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Ok(()),
                Err(newer) => found = newer,
            }
        }
    }

    fn sweep(&self, number: u64, bucket: Bucket) -> i64 {
        let slot = self.slot(number);
        // Relaxed: see the module above.
        let mut found = slot.load(Ordering::Relaxed);
        loop {
            let (new, calls) = Slot(found).sweep(bucket);
            match slot.compare_exchange_weak(found, new.0, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return calls,
                Err(newer) => found = newer,
            }
        }
    }
}

/// The length of a bucket. A `slow_call` of a few nanoseconds gets longer buckets, so that a ring
/// always has slots enough.
const fn step(bound: u64) -> u64 {
    if bound < 64 { 8 } else { bound / 8 }
}

impl HungCalls {
    pub(crate) fn new() -> Self {
        let number = || AtomicU64::new(0);
        let ring = |_| Ring(core::array::from_fn(|_| number()));
        HungCalls {
            generation: number(),
            episode: number(),
            bound: number(),
            shortest_bound: number(),
            swept: number(),
            rings: (0..=shard::count()).map(ring).collect(),
            positions: Mutex::new(VecDeque::new()),
        }
    }

    /// Begins a call of `episode` at `now`, unless there are calls that hang. `bound` is the
    /// present `slow_call`.
    #[inline]
    pub(crate) fn begin(&self, episode: Episode, bound: u64, now: u64) -> Begin {
        match self.begin_fast(episode, bound, now) {
            Some(token) => Begin::Out(token),
            None => self.begin_slow(episode, bound, now),
        }
    }

    /// Begins a call if no bucket is due, and episode and `slow_call` are the present ones.
    #[inline]
    fn begin_fast(&self, episode: Episode, bound: u64, now: u64) -> Option<Token> {
        let generation = self.generation.load(Ordering::Acquire);
        let is_same = self.episode.load(Ordering::Acquire) == episode.0
            && self.bound.load(Ordering::Acquire) == bound
            && self.is_still(generation);
        let step = step(bound);
        // Acquire: see the module above.
        let swept = self.swept.load(Ordering::Acquire);
        let is_due = swept.saturating_add(1).saturating_mul(step).saturating_add(bound) <= now;
        if !is_same || is_due {
            return None;
        }
        self.add(generation, now / step)
    }

    fn add(&self, generation: u64, number: u64) -> Option<Token> {
        let bucket = Bucket::new(generation / 2, number);
        self.ring().change(number, bucket, Change::Begin).ok()?;
        Some(Token::of(generation))
    }

    #[cold]
    fn begin_slow(&self, episode: Episode, bound: u64, now: u64) -> Begin {
        let mut positions = lock(&self.positions);
        // Relaxed: all of these change under the lock alone.
        let present = self.episode.load(Ordering::Relaxed);
        if present > episode.0 {
            return Begin::Untracked;
        }
        let hung = if present == episode.0 && self.bound.load(Ordering::Relaxed) == bound {
            self.sweep_due(bound, now)
        } else {
            self.renew(episode, bound, now);
            positions.clear();
            Vec::new()
        };
        if !hung.is_empty() {
            return Begin::Hung(hung);
        }
        // The thread may have been held up since it read the clock: then its bucket has gone, and
        // the call runs untracked.
        match self.add(self.generation.load(Ordering::Relaxed), now / step(bound)) {
            Some(token) => Begin::Out(token),
            None => Begin::Untracked,
        }
    }

    /// Sweeps the buckets that are due. Returns the bucket's number for each call that was out.
    fn sweep_due(&self, bound: u64, now: u64) -> Vec<u64> {
        let generation = self.generation.load(Ordering::Relaxed);
        let from = self.swept.load(Ordering::Relaxed);
        let due = now.saturating_sub(bound) / step(bound);
        let mut hung = Vec::new();
        // No call has begun in a bucket beyond: it would have swept these first.
        for number in from..due.min(from + ROUND) {
            let bucket = Bucket::new(generation / 2, number);
            let calls: i64 = self.rings.iter().map(|ring| ring.sweep(number, bucket)).sum();
            hung.extend((0..calls).map(|_| number));
        }
        if due > from {
            if due - from > FAR {
                self.clear(generation, due);
            }
            // Release: see the module above.
            self.swept.store(due, Ordering::Release);
        }
        hung
    }

    /// Starts anew, for another episode or another `slow_call`.
    fn renew(&self, episode: Episode, bound: u64, now: u64) {
        let (before, number) = (self.generation.load(Ordering::Relaxed), now / step(bound));
        let is_same_episode = self.episode.load(Ordering::Relaxed) == episode.0;
        let shortest = match self.shortest_bound.load(Ordering::Relaxed) {
            found if is_same_episode && found > 0 => found.min(bound),
            _ => bound,
        };
        self.generation.store(before + 1, Ordering::Relaxed);
        // Release: see the module above, for all that follow.
        self.episode.store(episode.0, Ordering::Release);
        self.bound.store(bound, Ordering::Release);
        self.shortest_bound.store(shortest, Ordering::Release);
        self.clear(before + 2, number);
        self.swept.store(number, Ordering::Release);
        self.generation.store(before + 2, Ordering::Release);
    }

    /// Marks every slot as swept, as of the round before bucket `number`.
    fn clear(&self, generation: u64, number: u64) {
        for number in (1..=ROUND).map(|age| number.wrapping_sub(age)) {
            let swept = Slot::swept(Bucket::new(generation / 2, number));
            for ring in &self.rings {
                // Relaxed: see the module above.
                ring.slot(number).store(swept.0, Ordering::Relaxed);
            }
        }
    }

    /// Ends the call of `episode` that began at `began` with that token. Reads the clock, by
    /// `now`, only if the token is of an earlier generation.
    #[inline]
    pub(crate) fn end(
        &self,
        token: Token,
        episode: Episode,
        began: u64,
        now: impl FnOnce() -> u64,
    ) -> End {
        let generation = self.generation.load(Ordering::Acquire);
        let bound = self.bound.load(Ordering::Acquire);
        if Token::of(generation) != token || !self.is_still(generation) {
            return self.end_doubtful(episode, began, now());
        }
        let number = began / step(bound);
        let bucket = Bucket::new(generation / 2, number);
        // Acquire: see the module above.
        let is_swept = number < self.swept.load(Ordering::Acquire);
        if !is_swept && self.ring().change(number, bucket, Change::End).is_ok() {
            return End::Uncounted;
        }
        self.end_swept(generation, number)
    }

    #[cold]
    fn end_swept(&self, generation: u64, number: u64) -> End {
        let mut positions = lock(&self.positions);
        if self.generation.load(Ordering::Relaxed) != generation {
            return End::Counted(None);
        }
        let found = positions.iter().position(|(of, _)| *of == number);
        End::Counted(found.and_then(|at| positions.remove(at)).map(|(_, position)| position))
    }

    /// Ends a call of an earlier generation, which may have been counted.
    #[cold]
    fn end_doubtful(&self, episode: Episode, began: u64, now: u64) -> End {
        // Relaxed: a call that ends while the bound changes is counted or not, as either.
        let shortest = self.shortest_bound.load(Ordering::Relaxed);
        let is_present = self.episode.load(Ordering::Relaxed) == episode.0;
        if is_present && now.saturating_sub(began) >= shortest {
            End::Counted(None)
        } else {
            End::Uncounted
        }
    }

    /// Notes where the window has a counted call of that bucket.
    pub(crate) fn note(&self, number: u64, position: Position) {
        let mut positions = lock(&self.positions);
        if positions.len() == POSITIONS {
            positions.pop_front();
        }
        positions.push_back((number, position));
    }

    /// Returns whether `generation` is even and still the present one.
    #[inline]
    fn is_still(&self, generation: u64) -> bool {
        generation % 2 == 0 && self.generation.load(Ordering::Relaxed) == generation
    }

    #[inline]
    fn ring(&self) -> &Ring {
        let shared = self.rings.len() - 1;
        &self.rings[shard::current().unwrap_or(shared)]
    }
}
