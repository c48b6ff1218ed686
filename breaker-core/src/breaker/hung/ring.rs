//! A [`Ring`]: the slots of one shard. All threads without a shard share one more ring.
//!
//! A ring is made when a thread of its shard first needs it. That is under the lock that a sweep
//! takes, so each sweep finds all rings in which calls have begun. A new ring's slots look as if
//! all sweeps so far had marked them.

use super::Token;
use super::slot::{Bucket, Change, Refused, Slot};
use crate::sync::atomic::{AtomicU64, Ordering};
use crate::sync::once::OnceBox;
use crate::sync::shard;

/// The slots of a ring: more than the buckets that can be out at once.
const SLOTS: usize = 16;
pub(super) const ROUND: u64 = SLOTS as u64;

/// The slots of one shard, two cache lines.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Ring([AtomicU64; SLOTS]);

impl Ring {
    /// Makes a ring whose slots look swept in the round before bucket `number`.
    pub(super) fn new(token: Token, number: u64) -> Self {
        let ring = Ring(core::array::from_fn(|_| AtomicU64::new(0)));
        ring.clear(token, number);
        ring
    }

    /// Marks every slot as swept in the round before bucket `number`.
    fn clear(&self, token: Token, number: u64) {
        for number in (1..=ROUND).map(|age| number.wrapping_sub(age)) {
            let bucket = token.bucket(number);
            // Relaxed: the release stores of the generation publish it.
            self.slot(bucket).store(Slot::swept(bucket).0, Ordering::Relaxed);
        }
    }

    #[inline]
    pub(super) fn slot(&self, bucket: Bucket) -> &AtomicU64 {
        &self.0[bucket.place::<SLOTS>()]
    }

    /// Begins or ends a call, if the slot already has calls of that bucket, and no other thread
    /// changes the slot.
    #[inline]
    pub(super) fn change_fast(&self, bucket: Bucket, change: Change) -> bool {
        let slot = self.slot(bucket);
        // Relaxed, as all swaps of slots: see the module above.
        let found = slot.load(Ordering::Relaxed);
        let Some(new) = Slot(found).change_fast(bucket, change) else { return false };
        slot.compare_exchange(found, new.0, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }

    /// Begins or ends a call.
    ///
    /// # Errors
    /// See [`Refused`].
    pub(super) fn change(&self, bucket: Bucket, change: Change) -> Result<(), Refused> {
        let slot = self.slot(bucket);
        // Relaxed, as all swaps of slots: see the module above.
        let mut found = slot.load(Ordering::Relaxed);
        loop {
            let new = Slot(found).change(bucket, change)?.0;
            match slot.compare_exchange_weak(found, new, Ordering::Relaxed, Ordering::Relaxed) {
                Ok(_) => return Ok(()),
                Err(newer) => found = newer,
            }
        }
    }

    /// Takes the calls out of a bucket.
    fn sweep(&self, bucket: Bucket) -> i64 {
        let slot = self.slot(bucket);
        // Relaxed, as all swaps of slots: see the module above.
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

/// The rings of all shards. The last belongs to the threads without a shard.
#[derive(Debug)]
pub(super) struct Rings(Box<[OnceBox<Ring>]>);

impl Rings {
    pub(super) fn new() -> Self {
        Rings((0..=shard::count()).map(|_| OnceBox::new()).collect())
    }

    /// Returns this thread's ring, if it has been made.
    pub(super) fn own(&self) -> Option<&Ring> {
        self.0[self.own_index()].get()
    }

    /// Returns this thread's ring, if it has been made and the thread has used one before. It calls
    /// no function, so its caller keeps its values in registers.
    #[inline]
    pub(super) fn known(&self) -> Option<&Ring> {
        // The number of a thread without a shard is out of range.
        let ring = self.0.get(shard::number()).or_else(|| self.shared_if_known());
        ring?.get()
    }

    #[inline]
    fn shared_if_known(&self) -> Option<&OnceBox<Ring>> {
        shard::has_none().then(|| self.0.last()).flatten()
    }

    /// Returns this thread's ring, and makes it if need be. The caller holds the lock.
    pub(super) fn own_or_make(&self, make: impl FnOnce() -> Ring) -> &Ring {
        self.0[self.own_index()].get_or_init(|| Box::new(make()))
    }

    fn own_index(&self) -> usize {
        shard::current().unwrap_or(self.0.len() - 1)
    }

    /// Returns the rings that have been made. The caller holds the lock: none is made meanwhile.
    fn made(&self) -> impl Iterator<Item = &Ring> {
        self.0.iter().filter_map(OnceBox::get)
    }

    /// Takes the calls of all shards out of a bucket, and returns their number.
    pub(super) fn sweep(&self, bucket: Bucket) -> usize {
        let calls: i64 = self.made().map(|ring| ring.sweep(bucket)).sum();
        usize::try_from(calls).unwrap_or(0)
    }

    /// Returns how many calls are out of a bucket.
    #[cfg(all(test, not(breaker_loom)))]
    pub(super) fn out(&self, bucket: Bucket) -> i64 {
        let found = |ring: &Ring| Slot(ring.slot(bucket).load(Ordering::Relaxed)).sweep(bucket).1;
        self.made().map(found).sum()
    }

    /// Marks every slot as swept in the round before bucket `number`.
    pub(super) fn clear(&self, token: Token, number: u64) {
        self.made().for_each(|ring| ring.clear(token, number));
    }
}
