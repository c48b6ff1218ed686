//! Counts the timed calls that are out, so that a call which hangs is found before it returns.
//!
//! Time is cut into buckets of an eighth of `slow_call`. Each call belongs to the bucket in which
//! it began. A bucket is *due* once its last moment is `slow_call` ago: its calls that are still
//! out are slow. The next call that begins *sweeps* the buckets that are due: it takes their calls
//! out and reports them. So a hanging call is found between `slow_call` and 9/8 of `slow_call`
//! after its beginning, if calls keep coming.
//!
//! At any moment, at most ten buckets are not due: the one in which calls begin now, eight whole
//! ones, and a part of one more. Each shard (see [`crate::sync::shard`]) has a ring of sixteen
//! [slots](slot), and all threads without a shard share one more ([`ring`]). A call adds one to its
//! bucket's slot when it begins, and takes one off when it ends, each in the shard of its thread at
//! that moment. A sweep swaps the bucket's slot in every shard for a mark, and sums up the calls
//! that it finds.
//!
//! Every call is counted at most once, by the sweep or at its end. If a call's end changes a slot
//! before the sweep comes there, the end is part of the sum, so the sum leaves the call out. If the
//! end finds the mark, the sum includes the call. A call's beginning either changes a slot before
//! the sweep comes there, or finds the mark and is tried again. The changes of one slot have one
//! order whatever the ordering, and a call's end comes after its beginning, so all of these swaps
//! are relaxed.
//!
//! A call may begin only in a bucket that is not swept. A call that reads the clock under the lock
//! does so. Without the lock, a thread may be held up after it has read the clock. So a sweep
//! leaves every slot with the mark of the last bucket that it has swept there, even if the pause
//! was so long that most buckets in it have never been in a slot. A call of any earlier bucket then
//! finds that mark, or a later bucket. Nor may a call begin in a bucket that is too late, or its
//! slot would lose the calls of another bucket: a bucket that is not due is at most ten after the
//! swept ones.
//!
//! The buckets belong to an episode and to one `slow_call`, together a *generation*. When either
//! changes, the next call that begins *renews* everything under the lock: the generation gets
//! another number, and every slot a mark. A call's token names its generation. If only `slow_call`
//! has changed, the calls that are out move from their slots to the [ledger], which counts them
//! when they are due by the new `slow_call`. Calls of an earlier episode are forgotten.
//!
//! Orderings: a renewal first gives all slots the marks of the new generation. Then it makes every
//! moment due, and stores the `reciprocal`, `bound` and the `key` (episode and token), each with
//! release. A reader loads these with acquire, the key first. If any of them belongs to a later
//! generation than the key, the reader's swap finds that generation's marks, and is refused. If the
//! reader finds the new key, it finds all that was stored before the key. So no call begins or ends
//! by the values of two generations. Every moment stays due until the sweep that follows has stored
//! the next one: `next_due` for another `slow_call` says nothing about the new buckets. A sweep
//! stores `next_due` with release, after the marks, so a reader that finds it finds those marks.

mod books;
mod buckets;
mod key;
mod ledger;
mod ring;
mod slot;
#[cfg(all(test, not(breaker_loom)))]
mod tests;

use crate::state::status::Episode;
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
    /// The call has not begun. The calls of these buckets, one entry for each call, hang and must
    /// be counted as slow.
    Hung(Vec<BucketId>),
}

/// The end of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) enum End {
    /// The call has not been counted as slow, and will not be by a sweep.
    Uncounted,
    /// The call has been counted as slow, at this position in the window if it is known.
    Counted(Option<Position>),
}

/// The timed calls of one breaker that are out. All times are nanoseconds of its clock, in 60 bits.
#[derive(Debug)]
pub(crate) struct HungCalls {
    /// The [`Key`] of the generation.
    key: AtomicU64,
    /// `slow_call`; zero before the first call.
    bound: AtomicU64,
    /// 2^64 divided by the length of a bucket.
    reciprocal: AtomicU64,
    /// The moment at which the next bucket is due.
    next_due: AtomicU64,
    rings: Rings,
    /// Locks a sweep, a renewal, and the making of a ring.
    books: Mutex<Books>,
}

/// The calls that are out, with this thread's ring. The ring is found before the clock is read: a
/// compiler takes the reading of a thread-local for a function call, across which few registers are
/// kept.
#[derive(Clone, Copy)]
pub(crate) struct Here<'a> {
    calls: &'a HungCalls,
    ring: &'a Ring,
}

impl Here<'_> {
    /// Like [`HungCalls::begin`], if the call is not the first of its bucket in this shard. It
    /// calls no function, so its caller keeps its values in registers.
    #[inline]
    pub(crate) fn begin(self, episode: Episode, bound: u64, now: u64) -> Option<Key> {
        let change = |bucket| self.ring.change_fast(bucket, Change::Begin).then_some(());
        self.calls.begin_by(episode, bound, now, change)
    }

    /// Ends a call that has not been counted, and is not the last of its bucket in this shard.
    /// Returns `false` and changes nothing if the call may be another. It calls no function.
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

    /// Begins a call of `episode`, unless calls hang. `bound` is the present `slow_call`.
    pub(crate) fn begin(&self, episode: Episode, bound: u64, now: impl Fn() -> u64) -> Begin {
        let began = now();
        let change = |bucket| self.rings.own()?.change(bucket, Change::Begin).ok();
        match self.begin_by(episode, bound, began, change) {
            Some(key) => Begin::Out(began, key),
            None => self.begin_slow(episode, bound, &now),
        }
    }

    /// Returns this thread's view of the calls, if the thread already has a ring.
    #[inline]
    pub(crate) fn here(&self) -> Option<Here<'_>> {
        Some(Here { calls: self, ring: self.rings.known()? })
    }

    /// Begins a call if no bucket is due, and `episode` and `bound` are the present ones.
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

    /// Returns the number of a moment's bucket, if `bound` is the present `slow_call`.
    #[inline]
    fn number(&self, bound: u64, time: u64) -> Option<u64> {
        // Acquire, for both loads: see the module above.
        if self.bound.load(Ordering::Acquire) != bound {
            return None;
        }
        Some(number(time, step(bound), self.reciprocal.load(Ordering::Acquire)))
    }

    /// Ends, at `now`, the call of `episode` that began at `began` with that token. `bound` is the
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
        // After a longer time, the call's slot may have another bucket with these 32 bits.
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
