//! Leases record when each probe began, so that a lost probe can be replaced.
//!
//! The number of probes in flight is part of the word (see [`crate::state::word`]), and the word
//! alone admits. The leases only say which probes have been out too long.
//!
//! A lease is one `u64`: the moment the probe began, and the lowest bits of its
//! episode. Leases are stored in slots, which are taken and freed by compare-and-swap:
//!
//! 1. A probe that the word has admitted *claims* a slot: an empty slot, or a slot whose lease
//!    is of an earlier episode, since no probe of the present episode depends on that lease.
//! 2. A probe that ends *gives up* its lease before it applies its outcome to the word. If the
//!    lease is gone, the probe had been written off, and its outcome is late.
//! 3. A call that the word rejects because all probes are out *writes off* a lease that has run
//!    out, and then lowers the number in the word, as an ignored outcome does. Only the thread
//!    that removes a lease changes the word for it, so the word counts the end of each probe
//!    once.
//!
//! By 2 and 3 there are never more leases of the running episode than probes in flight in the
//! word, at most 255. So a claim finds a slot, or the episode is over and the probe late in any
//! case.
//!
//! Two probes that begin in one millisecond have equal leases. Each may give up the lease of
//! the other: both run out at one moment, so only the number of leases matters.
//!
//! Orderings: a lease is read for its own sake, nothing is published with it, and all changes of
//! one slot have one order whatever the ordering. A probe must not be counted twice, and the
//! compare-and-swap of a single slot ensures that. Hence everything here is relaxed.

#[cfg(not(breaker_loom))]
use once_cell::race::OnceBox;

use crate::clock::{Span, Tick};
use crate::state::word::Episode;
use crate::sync::atomic::{AtomicU64, Ordering, const_unless_loom};

const EPISODE_BITS: u32 = 64 - Tick::BITS;
const EPISODE_MASK: u64 = (1 << EPISODE_BITS) - 1;
const FREE: u64 = 0;

/// A probe's claim to its slot. Never zero but for [`NONE`](Self::NONE): the moment is stored
/// plus one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lease(u64);

impl Lease {
    /// The lease of a call that is no probe, or of a probe whose episode ended before its claim.
    pub(crate) const NONE: Lease = Lease(FREE);

    pub(crate) fn new(episode: Episode, began: Tick) -> Self {
        Lease((began.bits() + 1) << EPISODE_BITS | episode.0 & EPISODE_MASK)
    }

    pub(crate) fn began(self) -> Tick {
        Tick::from_bits((self.0 >> EPISODE_BITS) - 1)
    }

    /// Returns whether a probe of `episode` can take over a slot that holds this lease.
    fn is_free_for(self, episode: Episode) -> bool {
        // The lease is of the nearest episode that ends in its bits.
        let age = episode.0.wrapping_sub(self.0) & EPISODE_MASK;
        self == Self::NONE || (age != 0 && age <= EPISODE_MASK / 2)
    }

    fn is_of(self, episode: Episode) -> bool {
        self != Self::NONE && (self.0 ^ episode.0) & EPISODE_MASK == 0
    }
}

/// The slots of one breaker. The first slot is stored inline. The other slots are allocated when
/// a claim first finds the first slot taken.
#[derive(Debug)]
pub(crate) struct Leases {
    first: AtomicU64,
    others: Others,
}

impl Leases {
    const_unless_loom! {
        pub(crate) fn new() -> Self {
            Self { first: AtomicU64::new(FREE), others: Others::new() }
        }
    }

    /// Claims a slot for a probe of `episode`. Returns [`Lease::NONE`] if no slot is free and
    /// `is_over` says that the episode has passed.
    pub(crate) fn claim(&self, episode: Episode, began: Tick, is_over: impl Fn() -> bool) -> Lease {
        let lease = Lease::new(episode, began);
        let take = |slot: &AtomicU64| {
            let found = Lease(slot.load(Ordering::Relaxed));
            found.is_free_for(episode) && replace(slot, found, lease)
        };
        loop {
            if take(&self.first) || self.others.get_or_new().iter().any(take) {
                self.sweep(episode);
                return lease;
            }
            if is_over() {
                return Lease::NONE;
            }
        }
    }

    /// Removes the leases of earlier episodes, whose permits are late or leaked, so that no
    /// lease is left when the bits of its episode wrap around.
    fn sweep(&self, episode: Episode) {
        for slot in self.slots() {
            let found = Lease(slot.load(Ordering::Relaxed));
            if found != Lease::NONE && found.is_free_for(episode) {
                replace(slot, found, Lease::NONE);
            }
        }
    }

    /// Gives up a lease. Returns `false` if it had been written off.
    pub(crate) fn give_up(&self, lease: Lease) -> bool {
        self.slots().any(|slot| {
            slot.load(Ordering::Relaxed) == lease.0 && replace(slot, lease, Lease::NONE)
        })
    }

    /// Removes the oldest lease of `episode`, if it has run out by `now`. If several callers
    /// find one lease, one of them removes it, and the others get `false`.
    pub(crate) fn write_off(&self, episode: Episode, now: Tick, timeout: Span) -> bool {
        let leases = self.slots().map(|slot| (Lease(slot.load(Ordering::Relaxed)), slot));
        let oldest = leases
            .filter(|(lease, _)| has_run_out(*lease, episode, now, timeout))
            .min_by_key(|(lease, _)| lease.0);
        oldest.is_some_and(|(lease, slot)| replace(slot, lease, Lease::NONE))
    }

    /// Returns whether [`write_off`](Self::write_off) would find a lease.
    pub(crate) fn any_run_out(&self, episode: Episode, now: Tick, timeout: Span) -> bool {
        self.slots()
            .any(|slot| has_run_out(Lease(slot.load(Ordering::Relaxed)), episode, now, timeout))
    }

    fn slots(&self) -> impl Iterator<Item = &AtomicU64> {
        core::iter::once(&self.first).chain(self.others.get().into_iter().flatten())
    }
}

#[cfg(not(breaker_loom))]
#[derive(Debug)]
struct Others(OnceBox<[AtomicU64; 254]>);

#[cfg(not(breaker_loom))]
impl Others {
    const fn new() -> Self {
        Others(OnceBox::new())
    }

    fn get(&self) -> Option<&[AtomicU64; 254]> {
        self.0.get()
    }

    fn get_or_new(&self) -> &[AtomicU64; 254] {
        self.0.get_or_init(|| Box::new([const { AtomicU64::new(FREE) }; 254]))
    }
}

/// The other slots in a model. They exist from the start, since loom does not follow `OnceBox`,
/// and are few, since loom explores every access.
#[cfg(breaker_loom)]
#[derive(Debug)]
struct Others([AtomicU64; 2]);

#[cfg(breaker_loom)]
impl Others {
    fn new() -> Self {
        Others([AtomicU64::new(FREE), AtomicU64::new(FREE)])
    }

    fn get(&self) -> Option<&[AtomicU64; 2]> {
        Some(&self.0)
    }

    fn get_or_new(&self) -> &[AtomicU64; 2] {
        &self.0
    }
}

fn has_run_out(lease: Lease, episode: Episode, now: Tick, timeout: Span) -> bool {
    lease.is_of(episode) && lease.began().after(timeout) <= now
}

fn replace(slot: &AtomicU64, found: Lease, new: Lease) -> bool {
    slot.compare_exchange(found.0, new.0, Ordering::Relaxed, Ordering::Relaxed).is_ok()
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;
    use core::time::Duration;

    const TIMEOUT: Duration = Duration::from_millis(10);

    fn at(ms: u64) -> Tick {
        Tick::from_bits(ms)
    }

    fn claim(leases: &Leases, episode: u64, began: u64) -> Lease {
        leases.claim(Episode(episode), at(began), || false)
    }

    /// [H9]
    #[test]
    fn lease_given_up_twice_is_refused_the_second_time() {
        let leases = Leases::new();
        let lease = claim(&leases, 2, 0);
        assert!(leases.give_up(lease));
        assert!(!leases.give_up(lease));
    }

    /// [H8]
    #[test]
    fn lease_runs_out_at_its_timeout_and_not_before() {
        let leases = Leases::new();
        let lease = claim(&leases, 2, 5);
        let timeout = Span::new(TIMEOUT);
        assert!(!leases.write_off(Episode(2), at(14), timeout));
        assert!(!leases.write_off(Episode(4), at(15), timeout), "another episode's");
        assert!(leases.any_run_out(Episode(2), at(15), timeout));
        assert!(leases.write_off(Episode(2), at(15), timeout));
        assert!(!leases.give_up(lease), "written off before");
    }

    #[test]
    fn lease_for_ever_never_runs_out() {
        let leases = Leases::new();
        claim(&leases, 2, 0);
        let last = Tick::from_bits(Tick::NEVER.bits() - 1);
        assert!(!leases.any_run_out(Episode(2), last, Span::new(Duration::MAX)));
    }

    #[test]
    fn two_hundred_and_fifty_five_probes_find_a_slot_each() {
        let leases = Leases::new();
        let all: Vec<_> = (0..255).map(|ms| claim(&leases, 2, ms)).collect();
        let full = leases.claim(Episode(2), at(0), || true);
        assert_eq!(full, Lease::NONE);
        assert!(all.into_iter().all(|lease| leases.give_up(lease)));
    }

    /// [L4]
    #[test]
    fn slot_of_an_earlier_episode_is_taken_over_and_of_a_later_one_is_not() {
        let leases = Leases::new();
        let old = claim(&leases, 2, 0);
        let new = claim(&leases, 4, 0);
        assert!(leases.others.get().is_none(), "the first slot was taken over");
        assert!(!leases.give_up(old));
        claim(&leases, 3, 0);
        assert!(leases.give_up(new), "a straggler took another slot");
    }

    #[test]
    fn leaked_lease_is_gone_when_its_episode_bits_come_round() {
        // [R13]
        let leases = Leases::new();
        let (leaked, other) = (claim(&leases, 2, 0), claim(&leases, 2, 0));
        assert!(leases.give_up(other));
        assert!(leases.give_up(claim(&leases, 4, 0)), "a later episode sweeps");
        let round = Episode(2 + EPISODE_MASK + 1);
        assert!(!leases.any_run_out(round, at(1_000_000), Span::new(TIMEOUT)));
        assert!(!leases.give_up(leaked));
    }

    /// [R13]
    #[test]
    fn episode_bits_that_wrap_are_still_in_order() {
        let leases = Leases::new();
        let old = claim(&leases, EPISODE_MASK, 0);
        let new = claim(&leases, EPISODE_MASK + 2, 0);
        assert!(!leases.give_up(old));
        assert!(leases.give_up(new));
    }
}
