//! Counts the timed calls that are out, so that a call which hangs is found before it returns.
//!
//! Time is cut into buckets of an eighth of `slow_call`. Each call belongs to the bucket that it
//! began in. A bucket is *due* once its last moment is `slow_call` ago: whatever is still out of
//! it is slow. The next call that begins *sweeps* the buckets that are due: it takes their calls
//! out and reports them. So a call that hangs is found between `slow_call` and 9/8 of it after
//! its beginning, if calls keep coming.
//!
//! Ten buckets at most are not due at one moment: the one that calls begin in now, eight whole
//! ones, and a part of one more. Each shard (see [`crate::sync::shard`]) has a ring of sixteen
//! [slots](slot), and all threads without a shard have one more. A call adds one to its bucket's
//! slot when it begins, and takes one off when it ends, each in the shard of the thread that it
//! is on at that moment. A sweep swaps the slot of that bucket in every shard for a mark, and
//! sums up what it finds.
//!
//! Every call is counted once at most, by the sweep or at its end. If a call's end changes a slot
//! before the sweep comes there, the end is part of the sum, which then leaves the call out. If
//! the end finds the mark, the sum has the call in it. A call's beginning either changes a slot
//! before the sweep comes there, or finds the mark, and begins anew. The changes of one slot have
//! one order whatever the ordering, and a call's end comes after its beginning, so all of these
//! swaps are relaxed.
//!
//! A call may begin only in a bucket that is not swept. Under the lock that holds for a call that
//! reads the clock there. Without the lock a thread may be held up after it has read the clock, so
//! it compares its bucket with `swept` first. If a sweep comes between that look and its swap, the
//! sweep marks the bucket's slots, since the bucket is one of the sixteen from `swept` on.
//!
//! The buckets belong to an episode and to one `slow_call`, together a *generation*. When either
//! changes, the next call that begins *renews* everything under the lock: the generation gets
//! another number, and every slot a mark. A call's token names its generation. The calls of the
//! same episode that are out are taken out of their slots and stay in the [ledger], which counts
//! them when they are due by the new `slow_call`. Calls of an earlier episode are forgotten.
//!
//! Orderings: `generation` is odd while the others change. A reader loads it with acquire, then
//! `episode` and `bound` with acquire, then `generation` again. A reader that finds a new value
//! thus finds the odd number, or a later one, by the second look; a reader that finds the even
//! number of a renewal finds all that was stored before it. `swept` is raised, with release,
//! after the slots have their marks, and then `next_due`; a reader loads them the other way round,
//! with acquire, so a bucket that is not due by what it finds is at most ten after `swept`. A
//! renewal makes every moment due until its sweep has stored the next one: `next_due` of another
//! `slow_call` says nothing about the new buckets.

mod ledger;
mod slot;
#[cfg(all(test, not(breaker_loom)))]
mod tests;

use std::num::NonZeroU16;

use crate::state::word::Episode;
use crate::sync::atomic::{AtomicU64, Mutex, Ordering, lock};
use crate::sync::shard;
use crate::window::Position;
pub(crate) use ledger::BucketId;
use ledger::Ledger;
use slot::{Bucket, Change, Refused, Slot};

/// The slots of a ring: more than the buckets that can be out at once.
const SLOTS: usize = 16;
const ROUND: u64 = SLOTS as u64;
/// A slot stores 32 bits of its bucket's number. After so many buckets without a sweep, well
/// before a number looks like one from the round before, all slots get fresh marks.
const FAR: u64 = 1 << 24;

/// A call keeps its token until its end: the generation that it began in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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
    /// The call has begun at that time, and is counted among those that are out.
    Out(u64, Token),
    /// The call has begun at that time, and is not counted: its episode is over, or too many
    /// calls are out.
    Untracked(u64),
    /// The call has not begun. These calls hang, and are to be counted as slow: for each, the
    /// bucket that it began in.
    Hung(Vec<BucketId>),
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
    /// All buckets below this number have been swept.
    swept: AtomicU64,
    /// When the next bucket is due.
    next_due: AtomicU64,
    /// By shard; the last ring is shared.
    rings: Box<[Ring]>,
    /// Locks a sweep or a renewal.
    ledger: Mutex<Ledger>,
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
    fn change(&self, number: u64, bucket: Bucket, change: Change) -> Result<(), Refused> {
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
            swept: number(),
            next_due: number(),
            rings: (0..=shard::count()).map(ring).collect(),
            ledger: Mutex::new(Ledger::default()),
        }
    }

    /// Begins a call of `episode`, unless there are calls that hang. `bound` is the present
    /// `slow_call`.
    #[inline]
    pub(crate) fn begin(&self, episode: Episode, bound: u64, now: impl Fn() -> u64) -> Begin {
        let began = now();
        match self.begin_fast(episode, bound, began) {
            Some(token) => Begin::Out(began, token),
            None => self.begin_slow(episode, bound, &now),
        }
    }

    /// Begins a call if no bucket is due, and episode and `slow_call` are the present ones.
    #[inline]
    fn begin_fast(&self, episode: Episode, bound: u64, now: u64) -> Option<Token> {
        let generation = self.generation.load(Ordering::Acquire);
        let is_same = self.episode.load(Ordering::Acquire) == episode.0
            && self.bound.load(Ordering::Acquire) == bound;
        let number = now / step(bound);
        // Acquire: see the module above.
        let is_due = self.next_due.load(Ordering::Acquire) <= now;
        let is_swept = number < self.swept.load(Ordering::Acquire);
        if !is_same || is_due || is_swept || !self.is_still(generation) {
            return None;
        }
        self.add(generation, number).ok()
    }

    fn add(&self, generation: u64, number: u64) -> Result<Token, Refused> {
        let bucket = Bucket::new(generation / 2, number);
        self.ring().change(number, bucket, Change::Begin)?;
        Ok(Token::of(generation))
    }

    #[cold]
    fn begin_slow(&self, episode: Episode, bound: u64, now: &dyn Fn() -> u64) -> Begin {
        let mut ledger = lock(&self.ledger);
        // Read under the lock: no sweep can have gone beyond it.
        let now = now();
        // Relaxed, here and below: these change under the lock alone.
        let present = self.episode.load(Ordering::Relaxed);
        if present > episode.0 {
            return Begin::Untracked(now);
        }
        if present < episode.0 || self.bound.load(Ordering::Relaxed) != bound {
            if present < episode.0 {
                ledger.clear();
            } else {
                self.retire(&mut ledger);
            }
            self.renew(episode, bound, now);
        }
        let hung = self.sweep_due(&mut ledger, bound, now);
        if !hung.is_empty() {
            return Begin::Hung(hung);
        }
        match self.add(self.generation.load(Ordering::Relaxed), now / step(bound)) {
            Ok(token) => Begin::Out(now, token),
            Err(_) => Begin::Untracked(now),
        }
    }

    /// Takes the calls out of the buckets that are due, and returns them.
    fn sweep_due(&self, ledger: &mut Ledger, bound: u64, now: u64) -> Vec<BucketId> {
        let generation = self.generation.load(Ordering::Relaxed);
        let (token, from) = (Token::of(generation), self.swept.load(Ordering::Relaxed));
        let due = now.saturating_sub(bound) / step(bound);
        let mut hung = Vec::new();
        ledger.take_due(bound, now, &mut hung);
        // No call has begun after these, since it would have swept the first of them before.
        for number in from..due.min(from + ROUND) {
            let bucket = BucketId { token, number };
            hung.extend((0..self.sweep(generation, number)).map(|_| bucket));
        }
        if due > from {
            if due - from > FAR {
                self.clear(generation, due);
            }
            // Release: see the module above.
            self.swept.store(due, Ordering::Release);
        }
        let swept = due.max(from);
        let next = swept.saturating_add(1).saturating_mul(step(bound)).saturating_add(bound);
        // Release: see the module above.
        self.next_due.store(next.min(ledger.next_due(bound)), Ordering::Release);
        ledger.expect(&hung);
        hung
    }

    /// Takes the calls of all shards out of a bucket, and returns their number.
    fn sweep(&self, generation: u64, number: u64) -> usize {
        let bucket = Bucket::new(generation / 2, number);
        let calls: i64 = self.rings.iter().map(|ring| ring.sweep(number, bucket)).sum();
        usize::try_from(calls).unwrap_or(0)
    }

    /// Moves the calls that are out to the ledger, before a renewal.
    fn retire(&self, ledger: &mut Ledger) {
        let (generation, bound) =
            (self.generation.load(Ordering::Relaxed), self.bound.load(Ordering::Relaxed));
        let swept = self.swept.load(Ordering::Relaxed);
        let calls = (swept..swept + ROUND).map(|number| (number, self.sweep(generation, number)));
        let calls = calls.filter(|(_, calls)| *calls > 0);
        // Before the first call there is no generation.
        if bound > 0 {
            ledger.retire(Token::of(generation), step(bound), swept, calls);
        }
    }

    /// Starts anew, for another episode or another `slow_call`.
    fn renew(&self, episode: Episode, bound: u64, now: u64) {
        let (before, number) = (self.generation.load(Ordering::Relaxed), now / step(bound));
        self.generation.store(before + 1, Ordering::Relaxed);
        // Release: see the module above, for all that follow.
        self.episode.store(episode.0, Ordering::Release);
        self.bound.store(bound, Ordering::Release);
        self.clear(before + 2, number);
        // Everything is due until the sweep that follows. Relaxed: the generation publishes it.
        self.next_due.store(0, Ordering::Relaxed);
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

    /// Ends the call of `episode` that began at `began` with that token.
    #[inline]
    pub(crate) fn end(&self, token: Token, episode: Episode, began: u64, failed: bool) -> End {
        let generation = self.generation.load(Ordering::Acquire);
        let bound = self.bound.load(Ordering::Acquire);
        if Token::of(generation) == token && self.is_still(generation) {
            let number = began / step(bound);
            let bucket = Bucket::new(generation / 2, number);
            // Acquire: see the module above.
            let is_swept = number < self.swept.load(Ordering::Acquire);
            if !is_swept {
                match self.ring().change(number, bucket, Change::End) {
                    Ok(()) | Err(Refused::Full) => return End::Uncounted,
                    Err(Refused::Gone) => {}
                }
            }
        }
        self.end_slow(token, episode, began, failed)
    }

    #[cold]
    fn end_slow(&self, token: Token, episode: Episode, began: u64, failed: bool) -> End {
        let mut ledger = lock(&self.ledger);
        // Relaxed: these change under the lock alone.
        if self.episode.load(Ordering::Relaxed) != episode.0 {
            return End::Uncounted;
        }
        if Token::of(self.generation.load(Ordering::Relaxed)) != token {
            return ledger.end_past(token, began, failed);
        }
        let number = began / step(self.bound.load(Ordering::Relaxed));
        if number < self.swept.load(Ordering::Relaxed) {
            ledger.end_counted(BucketId { token, number }, failed)
        } else {
            End::Uncounted
        }
    }

    /// Notes where the window has a counted call of that bucket. Returns true if the call has
    /// failed meanwhile: its failure is then to be added there.
    pub(crate) fn note(&self, bucket: BucketId, position: Position) -> bool {
        lock(&self.ledger).note(bucket, position)
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
