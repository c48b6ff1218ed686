//! The breakers by key of one name, and which of them make room for a new key.
//!
//! They are in slots, and an index finds the slot of a key. A new key that finds no free slot looks
//! at eight slots, from a hand that moves on each time. So it costs the same for any number of
//! keys, and over time it looks at all of them.
//!
//! A breaker goes only under the table's write lock, and only if nothing but the table holds it.
//! Then no call through it is under way, and none can begin: a call takes its breaker under the
//! read lock, or from another holder. So no outcome is lost with it. Calls through a [seat] hold no
//! reference and take no lock. The seat counts them, and its breaker goes only if none is under way
//! after the breaker has been detached.

use core::time::Duration;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering, fence};

use crate::breaker::Breaker;
use crate::breaker::seat::text::Seeds;
use crate::breaker::seat::{self, Seat};
use crate::clock::{Span, Tick};

/// The number of breakers that a new key looks at.
const CANDIDATES: usize = 8;

#[derive(Debug)]
pub(super) struct Keys {
    index: HashMap<Arc<[u8]>, usize, Seeds>,
    slots: Vec<Slot>,
    /// The slot from which the next new key looks.
    hand: AtomicUsize,
    /// The number of keys there have ever been. It orders uses within one tick of the clock.
    made: u64,
    /// The moment until which a new key does not look at all breakers again, over a lowered limit.
    full_until: Tick,
}

#[derive(Debug)]
struct Slot {
    breaker: Arc<Breaker>,
    /// The moment at which its key was last asked for.
    used: AtomicU64,
}

/// The rank in which a breaker goes: the least goes first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    /// Closed without failures, closed with failures, other.
    class: u8,
    used: u64,
}

impl Keys {
    pub(super) fn new() -> Self {
        Keys {
            index: HashMap::with_hasher(seat::seeds()),
            slots: Vec::new(),
            hand: AtomicUsize::new(0),
            made: 0,
            full_until: Tick::from_bits(0),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Returns the breakers, in no order.
    pub(super) fn breakers(&self) -> impl Iterator<Item = &Arc<Breaker>> {
        self.slots.iter().map(|slot| &slot.breaker)
    }

    /// Returns the breaker of a key.
    pub(super) fn get(&self, key: &[u8]) -> Option<&Arc<Breaker>> {
        self.index.get(key).map(|at| &self.slots[*at].breaker)
    }

    /// Returns the breaker of a key that a call uses now.
    pub(super) fn used(&self, key: &[u8], now: Tick) -> Option<&Arc<Breaker>> {
        let slot = &self.slots[*self.index.get(key)?];
        if let Some(seat) = slot.breaker.seat() {
            seat.touch();
            return Some(&slot.breaker);
        }
        let used = self.stamp(now);
        // Relaxed: the stamp is only compared. A key in steady use is not written to at each call.
        if slot.used.load(Ordering::Relaxed) != used {
            slot.used.store(used, Ordering::Relaxed);
        }
        Some(&slot.breaker)
    }

    pub(super) fn insert(&mut self, breaker: Arc<Breaker>, now: Tick) {
        let Some(key) = breaker.name().key() else { return };
        self.made += 1;
        self.index.insert(Arc::clone(key).into(), self.slots.len());
        let used = AtomicU64::new(self.stamp(now));
        self.slots.push(Slot { breaker, used });
    }

    pub(super) fn remove(&mut self, key: &[u8]) -> Option<Arc<Breaker>> {
        let at = self.index.remove(key)?;
        let gone = self.slots.swap_remove(at);
        let moved = self.slots.get(at).and_then(|slot| slot.breaker.name().key());
        if let Some(place) = moved.and_then(|key| self.index.get_mut(key.as_bytes())) {
            *place = at;
        }
        Some(gone.breaker)
    }

    /// Forgets that there was no room, after the limit has changed.
    pub(super) fn look_again(&mut self) {
        self.full_until = Tick::from_bits(0);
    }

    /// Returns false if a new key finds no room at present.
    pub(super) fn may_have_room(&self, max: usize, now: Tick) -> bool {
        if self.len() != max {
            return self.len() < max || now >= self.full_until;
        }
        let may = self.candidates().any(|slot| slot.may_go(now));
        if !may {
            self.move_hand();
        }
        may
    }

    /// Makes room for one more key, and returns the breakers that have gone for it. If no room can
    /// be made, none goes.
    pub(super) fn make_room(
        &mut self,
        max: usize,
        now: Tick,
        cooldown: impl FnOnce() -> Duration,
    ) -> Option<Vec<Arc<Breaker>>> {
        let surplus = (self.len() + 1).saturating_sub(max);
        let mut ranked = match surplus {
            0 => Vec::new(),
            1 => Self::ranked(self.candidates(), now),
            _ if now < self.full_until => return None,
            _ => Self::ranked(self.slots.iter(), now),
        };
        self.move_hand();
        if ranked.len() < surplus {
            if surplus > 1 {
                self.full_until = now.after(Span::new(cooldown()));
            }
            return None;
        }
        ranked.sort_unstable_by_key(|(rank, _)| *rank);
        let keys = self.detach(surplus, ranked.into_iter().map(|(_, key)| key))?;
        Some(keys.iter().filter_map(|key| self.remove(key.as_bytes())).collect())
    }

    /// Detaches `count` breakers from the calls that cache them, and returns their keys. Calls may
    /// have started since the breakers were ranked: if too few are idle, none is detached.
    fn detach(&self, count: usize, keys: impl Iterator<Item = Arc<str>>) -> Option<Vec<Arc<str>>> {
        let breaker = |key: &str| self.get(key.as_bytes());
        let is_idle = |key: &Arc<str>| breaker(key).is_some_and(|it| it.detach_if_idle());
        let idle: Vec<_> = keys.filter(is_idle).take(count).collect();
        if idle.len() < count {
            idle.iter().filter_map(|key| breaker(key)).for_each(|breaker| breaker.attach());
            return None;
        }
        Some(idle)
    }

    /// Returns the slots whose breakers may go, by their ranks and keys.
    fn ranked<'a>(slots: impl Iterator<Item = &'a Slot>, now: Tick) -> Vec<(Rank, Arc<str>)> {
        let may_go = slots.filter(|slot| slot.may_go(now));
        let ranked = may_go.map(|slot| Some((slot.rank(), Arc::clone(slot.breaker.name().key()?))));
        ranked.flatten().collect()
    }

    fn candidates(&self) -> impl Iterator<Item = &Slot> {
        // Relaxed: any slot will do as a start.
        let hand = self.hand.load(Ordering::Relaxed) % self.len().max(1);
        let (before, from) = self.slots.split_at(hand);
        let first = from.get(..CANDIDATES).unwrap_or(from);
        let others = CANDIDATES - first.len();
        first.iter().chain(before.iter().take(others))
    }

    fn move_hand(&self) {
        // Relaxed: any slot will do as a start. Two calls that move the hand at once may look at
        // the same slots.
        let hand = self.hand.load(Ordering::Relaxed);
        self.hand.store((hand + CANDIDATES) % self.len().max(1), Ordering::Relaxed);
    }

    /// Orders uses by time, and uses within one tick by the keys that were new between them.
    fn stamp(&self, now: Tick) -> u64 {
        const LOW: u32 = u64::BITS - Tick::BITS;
        now.bits() << LOW | self.made & ((1 << LOW) - 1)
    }
}

impl Slot {
    /// Returns whether the breaker may make room. A `true` stays true only under the write lock.
    #[inline]
    fn may_go(&self, now: Tick) -> bool {
        // Checked first: a new key without room looks at eight breakers in vain, most of which are
        // open.
        self.breaker.is_expendable(now) && self.is_free(now)
    }

    fn is_free(&self, now: Tick) -> bool {
        if Arc::strong_count(&self.breaker) > 1 {
            return false;
        }
        // Acquire pairs with the release by which the last holder let go: this thread sees what the
        // holder has set, and what its call has recorded.
        fence(Ordering::Acquire);
        self.breaker.is_expendable(now) && !self.breaker.seat().is_some_and(Seat::is_busy)
    }

    fn rank(&self) -> Rank {
        let class = self.breaker.has_failures_if_closed().map_or(2, u8::from);
        // Relaxed: the stamp is only compared.
        let own = || self.used.load(Ordering::Relaxed);
        Rank { class, used: self.breaker.seat().map_or_else(own, Seat::used) }
    }
}
