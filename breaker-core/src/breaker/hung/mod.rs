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

mod books;
mod buckets;
mod key;
mod ledger;
mod ring;
mod slot;
#[cfg(all(test, not(breaker_loom)))]
mod tests;

use crate::state::word::Episode;
use crate::sync::atomic::{AtomicU64, Mutex, Ordering};
use crate::window::Position;
use books::Books;
use buckets::{number, step};
pub(crate) use key::{Key, Token};
pub(crate) use ledger::BucketId;
use ring::{Ring, Rings};
use slot::{Bucket, Change};

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

impl HungCalls {
    pub(crate) fn new() -> Self {
        HungCalls {
            key: AtomicU64::new(Key::NONE.bits()),
            bound: AtomicU64::new(0),
            reciprocal: AtomicU64::new(0),
            next_due: AtomicU64::new(0),
            rings: Rings::new(),
            books: Mutex::new(Books::new()),
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
        let key = Key::from_bits(self.key.load(Ordering::Acquire));
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
        if self.key.load(Ordering::Acquire) != key.bits() {
            return None;
        }
        change(key.bucket(self.number(bound, began)?))
    }
}
