//! An [`Epoch`], and moving a window on to a later one.

use crate::sync::atomic::{AtomicU64, Ordering};

/// The episode of a record in a window of time, and the number of changes of shape before it, in
/// one word.
///
/// Both only grow, and the change of shape counts for more: the epochs of an earlier shape are all
/// earlier, whatever their episodes. Epochs are compared as numbers that wrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Epoch(pub(super) u64);

impl Epoch {
    /// The distance between two changes of shape: more than any episode, which has 40 bits, and
    /// odd, so that a change of shape changes the [`Tag`] too.
    pub(super) const CHANGE: u64 = (1 << 42) + 1;

    /// Returns whether this epoch is later than `other`. The two must be less than a million
    /// changes of shape apart.
    fn is_after(self, other: Epoch) -> bool {
        (1..1 << 63).contains(&self.0.wrapping_sub(other.0))
    }
}

/// The latest epoch that any record has brought to a window.
#[derive(Debug)]
pub(super) struct LatestEpoch(AtomicU64);

impl LatestEpoch {
    pub(super) fn new() -> Self {
        LatestEpoch(AtomicU64::new(0))
    }

    #[inline]
    pub(super) fn is(&self, epoch: Epoch) -> bool {
        // Relaxed: see the parent module. If the load is stale, the later epoch's swap of
        // the window's word still wins.
        self.0.load(Ordering::Relaxed) == epoch.0
    }

    /// Raises the latest epoch to `epoch`. Returns whether it was earlier, or `None` if it is
    /// later.
    pub(super) fn raise(&self, epoch: Epoch) -> Option<bool> {
        // Relaxed: the swap of the window's word decides, see the parent module.
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
pub(super) struct Tag(pub(super) u64);

impl Tag {
    pub(super) const BITS: u32 = 20;
    pub(super) const MASK: u64 = (1 << Self::BITS) - 1;

    pub(super) const fn of(epoch: Epoch) -> Self {
        Tag(epoch.0 & Self::MASK)
    }
}

/// Moves a window on to `epoch`, if it is not there yet: swaps its `word` to the result of `start`.
/// Returns the word of `epoch`, or `None` if the window is in a later epoch, or `start` returns
/// `None`.
pub(super) fn move_on(
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
