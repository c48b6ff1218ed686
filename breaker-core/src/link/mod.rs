//! A [`Link`] unites the breakers of a registry with breakers of the same names in other processes.
//! It promises nothing to other crates yet.
//!
//! A shared record has two shapes, closed and open. When an open is due, one process at a time
//! probes: the process with the *lease*. Claiming the lease pushes out the moment at which the open
//! is due, so a dead process's lease runs out by itself. A [`Token`] names the lease.
//!
//! A breaker decides by its own word alone, as without a link. The link hears what its breakers
//! have found out ([`Link::failed`], [`Link::recovered`], [`Link::event`]), says whether a probe
//! may leave ([`Link::due`]), and brings the findings of others ([`Breaker::told`]). A call that
//! succeeds while its breaker is closed and counts no failure passes none of this.
//!
//! The core holds no lock while it calls a link, and catches its panics: it then goes on as if
//! there were no link. Several threads may be inside any method at once, even for one breaker; only
//! [`Link::event`] is called one at a time for a breaker, in the order of its transitions. A link
//! tells a breaker the changes that others have made, in the order of the record's changes. It
//! tells neither its own answers to the breaker nor the breaker's own reports. If it does so, or
//! tells too late, the breaker may act on outdated news until the link is next asked.

mod choice;
pub(crate) mod default_names;
mod id;
mod sharing;
mod slot;

use core::time::Duration;
use std::sync::Arc;

use crate::breaker::Breaker;
use crate::clock::{Clock, Tick};
use crate::event::Event;

pub use choice::Choice;
pub use id::Id;
pub use sharing::{Role, Sharing};
#[cfg(not(breaker_loom))]
pub use slot::Linked;
pub(crate) use slot::{LinkSlot, Linking};

/// The name of a lease, or of another moment of a shared record: the record's random number, and
/// the number of its changes until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// A number that other records of this name, such as earlier ones, do not have.
    pub generation: u64,
    /// The number of the change.
    pub epoch: u64,
}

impl Token {
    /// Returns whether the outcome of a probe with this lease counts in a record that has been open
    /// since `began`.
    ///
    /// ```
    /// use breaker_core::link::Token;
    ///
    /// let at = |generation, epoch| Token { generation, epoch };
    /// assert!(at(7, 4).settles(at(7, 3)));
    /// assert!(!at(7, 3).settles(at(7, 3)), "a probe has failed since");
    /// assert!(!at(7, 4).settles(at(8, 3)), "of another record");
    /// ```
    #[must_use]
    pub const fn settles(self, began: Token) -> bool {
        self.generation == began.generation && self.epoch > began.epoch
    }
}

/// An open record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The time until it is due: zero if it is due already.
    pub left: Duration,
    /// The number of times it has opened in a row, from one on.
    pub openings: u16,
    /// The change that opened it: a trip, or a failed probe. Another process's lease, which puts it
    /// off, does not count as one.
    pub began: Token,
    /// `true` if this process has opened it.
    pub own: bool,
}

/// News from a link to a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Told {
    /// No news for the breaker.
    Nothing,
    /// The record is open. A closed breaker opens. An open breaker stays open until the record is
    /// due, and for the rest of its own cooldown if that is longer, unless a control has set its
    /// cooldown. A half-open breaker opens if its lease no longer decides anything. An observing
    /// breaker counts the calls that it would reject.
    Open(Opening),
    /// The record is closed. A breaker closes if it is open because the link told it, or its own
    /// cooldown is over, or it is half-open by a lease.
    Closed,
    /// The failures in a row of a closed record. A closed breaker with a threshold takes over the
    /// count, but at least one more failure is needed to open it.
    Failures(u16),
    /// Another process has tripped, and the record is closed. A closed breaker with a threshold
    /// opens at its next failure.
    Suspect,
}

/// The answer to a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tally {
    /// The failure is counted as without a link.
    Alone,
    /// The failure is counted. The record now has this many in a row, which do not open it.
    Row(u16),
    /// The record is open: by this failure, another one of this process, or another process.
    Open(Opening),
}

/// The answer to the question whether a probe may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Probe {
    /// This process has the lease.
    Go(Token),
    /// Another process has the lease, or the record is not due. The breaker rejects for this long.
    Wait(Duration),
    /// The record is closed: the breaker closes.
    Closed,
    /// The breaker decides as without a link.
    Alone,
}

/// The tuning by which a failure is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The number of failures in a row that open; at least one.
    pub threshold: u16,
    /// The cooldown, without `backoff` and `jitter`.
    pub cooldown: Duration,
    /// The time for which this failure would open the breaker; [`Duration::MAX`] stands for ever.
    pub opens_for: Duration,
    /// The number of times that the breaker would then have opened in a row, from one on.
    pub openings: u16,
}

/// A breaker's report after the fact: a transition that no link has told it to make, or a running
/// cooldown that has become longer ([`EventKind::Extended`](crate::EventKind)).
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The event.
    pub event: &'a Event,
    /// The newest lease of a half-open, if its own probes have ended it by this transition.
    pub token: Option<Token>,
    /// The cooldown, without `backoff` and `jitter`.
    pub cooldown: Duration,
    /// The number of times the breaker has opened in a row.
    pub openings: u16,
    /// `true` if the link itself has said so, by [`Tally::Open`].
    pub known: bool,
    pub(crate) until: Option<Tick>,
    pub(crate) clock: &'a Clock,
}

impl Report<'_> {
    /// Returns for how long the breaker will still be open, rounded down: zero if it is not open,
    /// [`Duration::MAX`] if it is open for ever. Read it while the record is locked: if the record
    /// were due later than the breaker, a caller who has waited as long as it was told would have
    /// to wait again.
    #[must_use]
    pub fn left(&self) -> Duration {
        match self.until {
            None => Duration::ZERO,
            Some(Tick::NEVER) => Duration::MAX,
            Some(until) => until.since(self.clock.stamp()),
        }
    }
}

/// The contents of a [`Report`] beside the event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) token: Option<Token>,
    pub(crate) openings: u16,
    pub(crate) known: bool,
    pub(crate) until: Option<Tick>,
}

/// The way from a registry to the breakers of other processes. The default methods leave the
/// breaker alone.
pub trait Link: Send + Sync + 'static {
    /// Introduces a breaker: one that has just been made, whose first call waits for the answer, or
    /// one that existed when the registry was linked. A breaker may be introduced twice, and again
    /// after [`detach`](Self::detach). A link that keeps the breaker must keep a weak reference: a
    /// held breaker by key makes no room for others.
    fn attach(&self, breaker: &Arc<Breaker>, id: &Id) -> Told {
        _ = (breaker, id);
        Told::Nothing
    }

    /// Reports that the breaker has left its registry. If another breaker of its id has been
    /// introduced before, that one stays.
    fn detach(&self, breaker: &Breaker, id: &Id) {
        _ = (breaker, id);
    }

    /// Returns whether the failures of the breaker are shared. It is asked after each
    /// [`attach`](Self::attach). If not, [`failed`](Self::failed) and
    /// [`recovered`](Self::recovered) are not called for it.
    fn counts(&self, id: &Id) -> bool {
        _ = id;
        false
    }

    /// Counts a failure of a closed breaker with a threshold. A failure that trips by a rate or at
    /// once is not counted here: it opens the breaker, and is reported. `row` is the breaker's own
    /// count with this failure.
    fn failed(&self, id: &Id, row: u16, terms: &Terms) -> Tally {
        _ = (id, row, terms);
        Tally::Alone
    }

    /// Reports that a success has ended the row of failures that the breaker counted.
    fn recovered(&self, id: &Id) {
        _ = id;
    }

    /// Decides whether a probe may leave. The breaker is open and its cooldown over, or it is
    /// half-open and its lease does not run. A lease lasts for `lease`.
    fn due(&self, id: &Id, lease: Duration) -> Probe {
        _ = (id, lease);
        Probe::Alone
    }

    /// Extends the lease to at least `lease` from now: a probe has succeeded and more are needed,
    /// or a probe may take longer. Returns `false` if the lease is over, or another process has
    /// claimed the next one: the next probe then asks first. Returns `true` if that is unknown.
    fn renew(&self, id: &Id, token: Token, lease: Duration) -> bool {
        _ = (id, token, lease);
        true
    }

    /// Takes the lease back: every probe was given up, or none has left.
    fn back(&self, id: &Id, token: Token) {
        _ = (id, token);
    }

    /// Reports a breaker's event. A trip opens the record. If a half-open has ended with a token,
    /// the record is settled. Transitions by hand concern only this process. But if a breaker was
    /// closed by hand during an opening, it is not told of that opening again, not even in the
    /// answer to a failure.
    fn event(&self, id: &Id, report: &Report<'_>) {
        _ = (id, report);
    }

    /// Returns the way in which the breaker is shared at this moment. `None` if it is not.
    fn sharing(&self, id: &Id) -> Option<Sharing> {
        _ = id;
        None
    }
}
