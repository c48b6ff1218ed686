//! Leases record when each probe began, so that a lost probe can be replaced.
//!
//! The number of probes in flight is part of the word (see [`crate::state::word`]), and the word
//! alone admits. The leases only say which probes hold a slot, and until when.
//!
//! 1. A probe that the word has admitted *claims* a lease. If a later half-open has already claimed
//!    one, the probe's episode is over, and it gets no lease.
//! 2. A probe that ends *gives up* its lease before it applies its outcome to the word. If the
//!    lease is gone, the probe has lost its slot: its outcome counts, but frees no slot.
//! 3. A call that the word rejects because all slots are taken *writes off* a lease that has run
//!    out, and then lowers the number in the word, as an ignored outcome does.
//!
//! The thread that removes a lease lowers the number in the word, and no other thread does, so the
//! word counts the end of each slot once. By 1 to 3, the running episode never has more leases than
//! the word has probes in flight, at most 255.
//!
//! The leases all belong to one episode, that of the newest half-open that has claimed one, and its
//! number is stored whole. So a probe that never ended cannot be taken for one of a later
//! half-open, however many transitions there are between.
//!
//! A mutex guards the leases. It is taken when a probe begins or ends, when the first lease has run
//! out, and by each call that asks a half-open breaker with a `slow_call`. Other rejected calls
//! read only `first_end`, which says when the first lease will run out.
//!
//! Orderings: `first_end` is read for its own sake, publishes nothing else, and is written only
//! under the mutex. A call that reads an old value is rejected as it would have been a moment
//! earlier, or takes the mutex in vain. Hence it is relaxed.

use std::collections::VecDeque;

use crate::clock::{Span, Tick};
use crate::state::status::Episode;
use crate::sync::atomic::{AtomicU64, Mutex, Ordering, const_unless_loom, lock};

/// The name of a lease. If two leases of one episode began in one millisecond, their numbers
/// differ, unless 131072 others began between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct LeaseId {
    pub(crate) began: Tick,
    pub(crate) number: u32,
}

impl LeaseId {
    /// The number of bits that `number` takes in a ticket.
    pub(crate) const NUMBER_BITS: u32 = 17;
    const NUMBER_MASK: u32 = (1 << Self::NUMBER_BITS) - 1;
}

/// A probe's claim to its slot.
#[derive(Clone, Copy, Debug)]
struct Lease {
    id: LeaseId,
    /// The least time for which the probe keeps its slot, even beyond the `probe_timeout`.
    least: Span,
    /// The beginning of both times: the moment of the admission, or of a stream's last item.
    from: Tick,
    /// True if the probe has answered in time: it then does not hang, however long it takes.
    answered: bool,
    /// The moment from which another caller may take the slot.
    end: Tick,
}

impl Lease {
    fn set_end(&mut self, timeout: Span) {
        self.end = self.from.after(timeout.max(self.least));
    }
}

#[derive(Debug)]
struct Table {
    episode: Episode,
    last_number: u32,
    leases: Vec<Lease>,
    /// Leases that were written off, but whose probes have not ended.
    lost: VecDeque<Lease>,
}

/// The leases of one breaker.
#[derive(Debug)]
pub(crate) struct Leases {
    table: Mutex<Table>,
    /// The first end of a lease (40 bits), and the lowest bits of the leases' episode.
    first_end: AtomicU64,
}

/// The number of leases that are kept after they were written off, for probes that hang.
const LOST: usize = 1024;
const EPISODE_BITS: u32 = 64 - Tick::BITS;
const EPISODE_MASK: u64 = (1 << EPISODE_BITS) - 1;

impl Leases {
    const_unless_loom! {
        pub(crate) fn new() -> Self {
            let table = Table {
                episode: Episode(0),
                last_number: 0,
                leases: Vec::new(),
                lost: VecDeque::new(),
            };
            Self { table: Mutex::new(table), first_end: AtomicU64::new(0) }
        }
    }

    /// Claims a lease for a probe of `episode`, until it has been out for `timeout`. Returns `None`
    /// if the episode is known to be over.
    pub(crate) fn claim(
        &self,
        episode: Episode,
        began: Tick,
        timeout: impl FnOnce() -> Span,
    ) -> Option<LeaseId> {
        let mut table = lock(&self.table);
        if table.episode > episode {
            return None;
        }
        if table.episode < episode {
            // The leases still here belong to probes that are late by now, or that never end.
            table.leases.clear();
            table.lost.clear();
            table.episode = episode;
        }
        table.last_number = (table.last_number + 1) & LeaseId::NUMBER_MASK;
        let id = LeaseId { began, number: table.last_number };
        let mut lease =
            Lease { id, least: Span::from_bits(0), from: began, answered: false, end: began };
        // Read under the mutex: if the timeout is being replaced, `retime` applies the new one.
        lease.set_end(timeout());
        table.leases.push(lease);
        self.note_first_end(&table);
        Some(id)
    }

    /// Gives up a lease. Returns `false` if it has been written off, or its episode is over.
    pub(crate) fn give_up(&self, episode: Episode, id: LeaseId) -> bool {
        let mut table = lock(&self.table);
        if table.episode == episode {
            table.lost.retain(|lease| lease.id != id);
        }
        self.remove(&mut table, episode, |lease| lease.id == id).is_some()
    }

    /// Makes a lease last for at least `least` from its beginning, unless the lease is gone.
    #[cfg(any(test, feature = "tokio"))]
    pub(crate) fn keep(&self, episode: Episode, id: LeaseId, least: Span, timeout: Span) {
        let mut table = lock(&self.table);
        if table.episode != episode {
            return;
        }
        if let Some(lease) = table.leases.iter_mut().find(|lease| lease.id == id) {
            lease.least = lease.least.max(least);
            lease.set_end(timeout);
            self.note_first_end(&table);
        }
    }

    /// Makes a lease last from `now` for as long as a new one, and for at least `least`, unless the
    /// lease is gone. With `answered`, its probe does not hang from now on, even if its slot is
    /// gone.
    #[cfg(any(test, feature = "stream"))]
    pub(crate) fn renew(
        &self,
        episode: Episode,
        id: LeaseId,
        answered: bool,
        now: Tick,
        [least, timeout]: [Span; 2],
    ) {
        let mut table = lock(&self.table);
        if table.episode != episode {
            return;
        }
        let Table { leases, lost, .. } = &mut *table;
        let mut all = leases.iter_mut().chain(lost);
        if let Some(found) = all.find(|lease| lease.id == id) {
            found.answered |= answered;
            found.least = least;
            found.from = now;
            found.set_end(timeout);
            self.note_first_end(&table);
        }
    }

    /// Lets each lease last for `timeout`, or for its least time if that is longer.
    pub(crate) fn retime(&self, timeout: Span) {
        let mut table = lock(&self.table);
        table.leases.iter_mut().for_each(|lease| lease.set_end(timeout));
        self.note_first_end(&table);
    }

    /// Returns the moment from which a caller may take the slot of a probe of `episode`. Returns
    /// `None` if no probe of it has a lease, which may be so for a moment after an admission.
    pub(crate) fn first_end(&self, episode: Episode) -> Option<Tick> {
        // Relaxed: see the module's notes.
        let noted = self.first_end.load(Ordering::Relaxed);
        let end = Tick::from_bits(noted >> EPISODE_BITS);
        let is_of = (noted ^ episode.0) & EPISODE_MASK == 0;
        (is_of && end > Tick::from_bits(0)).then_some(end)
    }

    /// Removes the lease of `episode` that ends first, if it has run out by `now`; of several that
    /// end then, the one claimed first. If several callers find one lease, one of them removes it,
    /// and the others get `false`.
    pub(crate) fn write_off(&self, episode: Episode, now: Tick) -> bool {
        let first = self.first_end(episode).filter(|end| *end <= now);
        let Some(end) = first else { return false };
        let mut table = lock(&self.table);
        let Some(lease) = self.remove(&mut table, episode, |lease| lease.end == end) else {
            return false;
        };
        if table.lost.len() == LOST {
            table.lost.pop_front();
        }
        table.lost.push_back(lease);
        true
    }

    fn remove(
        &self,
        table: &mut Table,
        episode: Episode,
        is_it: impl Fn(&Lease) -> bool,
    ) -> Option<Lease> {
        let found = table.leases.iter().position(is_it).filter(|_| table.episode == episode)?;
        let lease = table.leases.remove(found);
        self.note_first_end(table);
        Some(lease)
    }

    /// Notes the first end of a lease, or zero if there is no lease.
    fn note_first_end(&self, table: &Table) {
        let end = table.leases.iter().map(|lease| lease.end.bits()).min().unwrap_or(0);
        let noted = end << EPISODE_BITS | table.episode.0 & EPISODE_MASK;
        // Relaxed: see the module's notes.
        self.first_end.store(noted, Ordering::Relaxed);
    }

    /// Returns whether a probe of `episode` has been out for `slow_call`. A probe whose slot may be
    /// taken, but only after the probe was slow, is left out: it is replaced, and does not fail.
    pub(crate) fn any_hung(&self, episode: Episode, now: Tick, slow_call: Span) -> bool {
        let table = lock(&self.table);
        table.episode == episode
            && table.leases.iter().chain(&table.lost).any(|lease| {
                let slow = lease.id.began.after(slow_call);
                let is_replaced = lease.end > slow && lease.end <= now;
                slow <= now && !is_replaced && !lease.answered
            })
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests;
