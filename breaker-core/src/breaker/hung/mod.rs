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
//! [slots](slot), and all threads without a shard have one more ([`ring`]). A call adds one to its bucket's
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
//! reads the clock there. Without the lock a thread may be held up after it has read the clock. So
//! a sweep leaves every slot with the mark of the last bucket that it has swept there, also after
//! so long a pause that most of the buckets between have never been in a slot: a call of any
//! earlier bucket finds that mark, or a later bucket. It may not begin in too late a bucket either,
//! or its slot would lose the calls of another one: a bucket that is not due is at most ten after
//! those that are swept.
//!
//! The buckets belong to an episode and to one `slow_call`, together a *generation*. When either
//! changes, the next call that begins *renews* everything under the lock: the generation gets
//! another number, and every slot a mark. A call's token names its generation. The calls of the
//! same episode that are out are taken out of their slots and stay in the [ledger], which counts
//! them when they are due by the new `slow_call`. Calls of an earlier episode are forgotten.
//!
//! Orderings: a renewal gives all slots their marks of the new generation first. Then it makes every
//! moment due, and stores the `reciprocal`, `bound` and the `key` (episode and token), each with
//! release. A reader loads these with acquire, the key first. If any is of a later generation than
//! the key, its swap finds the marks of that generation, and is refused; a reader that finds the new
//! key finds all that was stored before it. So no call begins or ends by the values of two
//! generations. Every moment stays due until the sweep that follows has stored the next one:
//! `next_due` of another `slow_call` says nothing about the new buckets. A sweep stores it with
//! release, after the slots have their marks, so a reader that finds it finds those marks.

mod ledger;
mod ring;
mod slot;
#[cfg(all(test, not(breaker_loom)))]
mod tests;

use std::num::NonZeroU16;

use crate::state::word::Episode;
use crate::sync::atomic::{AtomicU64, Mutex, Ordering, lock};
use crate::window::Position;
pub(crate) use ledger::BucketId;
use ledger::Ledger;
use ring::{ROUND, Ring, Rings};
use slot::{Bucket, Change, Refused};

/// A slot stores 32 bits of its bucket's number. After so many buckets without a sweep, well
/// before a number looks like one from the round before, all slots get fresh marks.
const FAR: u64 = 1 << 24;

/// A call keeps its token until its end: the generation that it began in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Token(NonZeroU16);

impl Token {
    fn of(generation: u64) -> Self {
        let number = (generation % u64::from(u16::MAX)) + 1;
        Token(u16::try_from(number).ok().and_then(NonZeroU16::new).unwrap_or(NonZeroU16::MIN))
    }

    /// Returns the bucket of that number, as a slot stores it.
    const fn bucket(self, number: u64) -> Bucket {
        Bucket::new(self.0.get() as u64, number)
    }

    /// Returns the token that a ticket's bits stand for; zero stands for none.
    pub(crate) const fn from_bits(bits: u16) -> Option<Self> {
        match NonZeroU16::new(bits) {
            Some(number) => Some(Token(number)),
            None => None,
        }
    }
}

/// A generation as calls know it: its token, below its episode. A ticket's word has both in the same
/// order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key(u64);

impl Key {
    /// That of no call: no episode has so many bits.
    const NONE: Key = Key(u64::MAX);

    const fn new(episode: Episode, token: Token) -> Self {
        Key(episode.0 << u16::BITS | token.0.get() as u64)
    }

    #[inline]
    pub(crate) const fn from_bits(bits: u64) -> Self {
        Key(bits)
    }

    #[inline]
    pub(crate) const fn bits(self) -> u64 {
        self.0
    }

    #[inline]
    const fn is_of(self, episode: Episode) -> bool {
        self.0 >> u16::BITS == episode.0
    }

    /// Returns the bucket of that number, as a slot stores it.
    #[inline]
    const fn bucket(self, number: u64) -> Bucket {
        Bucket::new(self.0, number)
    }
}

/// The beginning of a call.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Begin {
    /// The call has begun at that time, and is counted among those that are out.
    Out(u64, Key),
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

/// The timed calls of one breaker that are out. All times are in nanoseconds of its clock, of which
/// 60 bits are used.
#[derive(Debug)]
pub(crate) struct HungCalls {
    /// The [`Key`] of the generation.
    key: AtomicU64,
    /// `slow_call`; zero before the first call.
    bound: AtomicU64,
    /// 2^64 divided by the length of a bucket.
    reciprocal: AtomicU64,
    /// When the next bucket is due.
    next_due: AtomicU64,
    rings: Rings,
    /// Locks a sweep, a renewal, and the making of a ring.
    books: Mutex<Books>,
}

/// What is known under the lock.
#[derive(Debug)]
struct Books {
    episode: Episode,
    /// The number of the generation; zero before the first call.
    generation: u64,
    /// All buckets below this number have been swept.
    swept: u64,
    ledger: Ledger,
}

impl Books {
    fn token(&self) -> Token {
        Token::of(self.generation)
    }
}

/// The calls that are out, with the ring of this thread. It is found before the clock is read: a
/// compiler takes the reading of a thread-local for a call, across which few registers are kept.
#[derive(Clone, Copy)]
pub(crate) struct Here<'a> {
    calls: &'a HungCalls,
    ring: &'a Ring,
}

impl Here<'_> {
    /// Like [`HungCalls::begin`], if the call is not the first of its bucket in this shard. Calls
    /// nothing, so its caller keeps its values in registers.
    #[inline]
    pub(crate) fn begin(self, episode: Episode, bound: u64, now: u64) -> Option<Key> {
        let change = |bucket| self.ring.change_fast(bucket, Change::Begin).then_some(());
        self.calls.begin_by(episode, bound, now, change)
    }

    /// Ends a call that has not been counted, and is not the last of its bucket in this shard.
    /// Returns `false` if this may be another: then nothing has changed. Calls nothing.
    #[inline]
    pub(crate) fn end(self, key: Key, bound: u64, began: u64) -> bool {
        let change = |bucket| self.ring.change_fast(bucket, Change::End).then_some(());
        self.calls.end_by(key, bound, began, change).is_some()
    }
}

/// The length of a bucket. A `slow_call` of a few nanoseconds gets longer buckets, so that a ring
/// always has slots enough.
#[inline]
const fn step(bound: u64) -> u64 {
    let eighth = bound / 8;
    if eighth < 8 { 8 } else { eighth }
}

/// Returns the number of the bucket of a moment: `time / step`, by the reciprocal of `step`. A
/// division would cost as much as a reading of the coarse clock.
#[inline]
fn number(time: u64, step: u64, reciprocal: u64) -> u64 {
    #[allow(clippy::cast_possible_truncation, reason = "64 of 128 bits")]
    let less = ((u128::from(time) * u128::from(reciprocal)) >> 64) as u64;
    // The reciprocal is rounded down, and `time` has 60 bits, so it is one too few at most. It wraps
    // if the two belong to two generations: then the slot refuses the number.
    let rest = time.wrapping_sub(less.wrapping_mul(step));
    less.wrapping_add(u64::from(rest >= step))
}

const fn reciprocal(step: u64) -> u64 {
    u64::MAX / step
}

impl HungCalls {
    pub(crate) fn new() -> Self {
        let books =
            Books { episode: Episode(0), generation: 0, swept: 0, ledger: Ledger::default() };
        HungCalls {
            key: AtomicU64::new(Key::NONE.0),
            bound: AtomicU64::new(0),
            reciprocal: AtomicU64::new(0),
            next_due: AtomicU64::new(0),
            rings: Rings::new(),
            books: Mutex::new(books),
        }
    }

    /// Begins a call of `episode`, unless there are calls that hang. `bound` is the present
    /// `slow_call`.
    pub(crate) fn begin(&self, episode: Episode, bound: u64, now: impl Fn() -> u64) -> Begin {
        let began = now();
        let change = |bucket| self.rings.own()?.change(bucket, Change::Begin).ok();
        match self.begin_by(episode, bound, began, change) {
            Some(key) => Begin::Out(began, key),
            None => self.begin_slow(episode, bound, &now),
        }
    }

    /// Returns the calls as this thread changes them, if it has a ring already.
    #[inline]
    pub(crate) fn here(&self) -> Option<Here<'_>> {
        Some(Here { calls: self, ring: self.rings.known()? })
    }

    /// Begins a call if no bucket is due, and episode and `slow_call` are the present ones.
    #[inline]
    fn begin_by(
        &self,
        episode: Episode,
        bound: u64,
        now: u64,
        change: impl Fn(Bucket) -> Option<()>,
    ) -> Option<Key> {
        // Acquire, for each load of the generation: see the module above.
        let key = Key(self.key.load(Ordering::Acquire));
        if !key.is_of(episode) {
            return None;
        }
        let number = self.number(bound, now)?;
        if self.next_due.load(Ordering::Acquire) <= now {
            return None;
        }
        change(key.bucket(number))?;
        Some(key)
    }

    /// Returns the number of the bucket of a moment, if `bound` is the present `slow_call`.
    #[inline]
    fn number(&self, bound: u64, time: u64) -> Option<u64> {
        // Acquire, for both loads: see the module above.
        if self.bound.load(Ordering::Acquire) != bound {
            return None;
        }
        Some(number(time, step(bound), self.reciprocal.load(Ordering::Acquire)))
    }

    #[cold]
    #[inline(never)]
    fn begin_slow(&self, episode: Episode, bound: u64, now: &dyn Fn() -> u64) -> Begin {
        let mut books = lock(&self.books);
        // Read under the lock: no sweep can have gone beyond it.
        let now = now();
        if books.generation > 0 && books.episode > episode {
            return Begin::Untracked(now);
        }
        let is_new = books.generation == 0 || books.episode < episode;
        // Relaxed: it changes under the lock alone.
        if is_new || self.bound.load(Ordering::Relaxed) != bound {
            if is_new {
                books.ledger.clear();
            } else {
                self.retire(&mut books);
            }
            self.renew(&mut books, episode, bound, now);
        }
        let hung = self.sweep_due(&mut books, bound, now);
        if !hung.is_empty() {
            return Begin::Hung(hung);
        }
        match self.change(&books, now / step(bound), Change::Begin) {
            Ok(()) => Begin::Out(now, Key::new(episode, books.token())),
            Err(_) => Begin::Untracked(now),
        }
    }

    /// Begins or ends a call of the present generation.
    fn change(&self, books: &Books, number: u64, change: Change) -> Result<(), Refused> {
        let token = books.token();
        let ring = self.rings.own_or_make(|| Ring::new(token, books.swept));
        ring.change(token.bucket(number), change)
    }

    /// Takes the calls out of the buckets that are due, and returns them.
    fn sweep_due(&self, books: &mut Books, bound: u64, now: u64) -> Vec<BucketId> {
        let (token, from) = (books.token(), books.swept);
        let due = now.saturating_sub(bound) / step(bound);
        let mut hung = Vec::new();
        books.ledger.take_due(bound, now, &mut hung);
        // No call has begun after the first round, since it would have swept that before. The last
        // round gets its marks too, for calls that have been held up for long.
        let first = from..due.min(from + ROUND);
        for number in first.chain(due.saturating_sub(ROUND).max(from + ROUND)..due) {
            let bucket = BucketId { token, number };
            hung.extend((0..self.rings.sweep(token.bucket(number))).map(|_| bucket));
        }
        if due > from {
            books.swept = due;
            if due - from > FAR {
                self.rings.clear(token, due);
            }
        }
        let next = books.swept.saturating_add(1).saturating_mul(step(bound)).saturating_add(bound);
        // Release: see the module above.
        self.next_due.store(next.min(books.ledger.next_due(bound)), Ordering::Release);
        books.ledger.expect(&hung);
        hung
    }

    /// Moves the calls that are out to the ledger, before a renewal.
    fn retire(&self, books: &mut Books) {
        let (token, swept) = (books.token(), books.swept);
        // Relaxed: it changes under the lock alone.
        let step = step(self.bound.load(Ordering::Relaxed));
        let sweep = |number| (number, self.rings.sweep(token.bucket(number)));
        let calls = (swept..swept + ROUND).map(sweep).filter(|(_, calls)| *calls > 0);
        books.ledger.retire(token, step, swept, calls);
    }

    /// Starts anew, for another episode or another `slow_call`.
    fn renew(&self, books: &mut Books, episode: Episode, bound: u64, now: u64) {
        let step = step(bound);
        books.episode = episode;
        books.generation += 1;
        books.swept = now / step;
        self.rings.clear(books.token(), books.swept);
        // Everything is due until the sweep that follows. Relaxed: the key publishes it.
        self.next_due.store(0, Ordering::Relaxed);
        // Release, for these three: see the module above.
        self.reciprocal.store(reciprocal(step), Ordering::Release);
        self.bound.store(bound, Ordering::Release);
        self.key.store(Key::new(episode, books.token()).0, Ordering::Release);
    }

    /// Ends the call of `episode` that began at `began` with that token, at `now`. `bound` is the
    /// present `slow_call`.
    pub(crate) fn end(
        &self,
        token: Token,
        episode: Episode,
        bound: u64,
        [began, now]: [u64; 2],
        failed: bool,
    ) -> End {
        let change = |bucket| self.rings.own()?.change(bucket, Change::End).ok();
        // The slot of a call that has been out for longer may have another bucket of the same 32
        // bits by now.
        let is_long = now.saturating_sub(began) >= bound;
        let key = Key::new(episode, token);
        let ended = if is_long { None } else { self.end_by(key, bound, began, change) };
        match ended {
            Some(()) => End::Uncounted,
            None => self.end_slow(token, episode, began, failed),
        }
    }

    /// Ends a call of the present generation, if its bucket has not been swept.
    #[inline]
    fn end_by(
        &self,
        key: Key,
        bound: u64,
        began: u64,
        change: impl Fn(Bucket) -> Option<()>,
    ) -> Option<()> {
        // Acquire: see the module above.
        if self.key.load(Ordering::Acquire) != key.0 {
            return None;
        }
        change(key.bucket(self.number(bound, began)?))
    }

    #[cold]
    fn end_slow(&self, token: Token, episode: Episode, began: u64, failed: bool) -> End {
        let mut books = lock(&self.books);
        if books.episode != episode {
            return End::Uncounted;
        }
        if books.token() != token {
            return books.ledger.end_past(token, began, failed);
        }
        // Relaxed: it changes under the lock alone.
        let number = began / step(self.bound.load(Ordering::Relaxed));
        if number < books.swept {
            return books.ledger.end_counted(BucketId { token, number }, failed);
        }
        // No call has ended in this shard before, or `slow_call` is another since, or the slot is
        // full.
        let _ = self.change(&books, number, Change::End);
        End::Uncounted
    }

    /// Returns how many calls of the present generation are out, and not counted.
    #[cfg(all(test, not(breaker_loom)))]
    pub(crate) fn out(&self) -> i64 {
        let books = lock(&self.books);
        let buckets = (books.swept..books.swept + ROUND).map(|number| books.token().bucket(number));
        buckets.map(|bucket| self.rings.out(bucket)).sum()
    }

    /// Notes where the window has a counted call of that bucket. Returns true if the call has
    /// failed meanwhile: its failure is then to be added there.
    pub(crate) fn note(&self, bucket: BucketId, position: Position) -> bool {
        lock(&self.books).ledger.note(bucket, position)
    }
}
