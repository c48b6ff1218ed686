//! A [`Link`] makes the breakers of a registry one with those of their name in other processes. It
//! promises nothing to other crates yet.
//!
//! A shared record has two shapes, closed and open. An open that is due is probed by one process
//! at a time: the one that has the *lease*. To claim it is to push out the moment at which the
//! open is due, so a lease of a process that has died runs out by itself. A [`Token`] names it.
//!
//! A breaker decides by its own word alone, as without a link. The link hears what its breakers
//! have found out ([`Link::failed`], [`Link::recovered`], [`Link::event`]), says whether a probe may
//! leave ([`Link::due`]), and brings what others have found out ([`Breaker::told`]). None of this
//! is on the way of a call that succeeds while its breaker is closed and counts no failure.
//!
//! The core holds no lock while it calls a link, and catches its panics: then it goes on as if there
//! were no link. Several threads may be inside any method at once, also for one breaker; only
//! [`Link::event`] is called one at a time for a breaker, in the order of its transitions. A link
//! tells a breaker what others have changed, in the order in which the record changed, and neither
//! what it has answered the breaker nor what the breaker has reported. Should it do so all the same,
//! or too late, the breaker may go by what is over until the link is next asked.

pub(crate) mod default_names;
mod id;
mod sharing;
mod slot;

use core::time::Duration;
use std::sync::Arc;

use crate::breaker::Breaker;
use crate::clock::{Clock, Tick};
use crate::event::Event;

pub use id::Id;
pub use sharing::{Role, Sharing};
#[cfg(not(breaker_loom))]
pub use slot::Linked;
pub(crate) use slot::{LinkSlot, Linking};

/// The name of a lease, or of another moment of a shared record: the number that was drawn when the
/// record was made, and the number of its changes until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Tells the record from others of its name, earlier ones for example.
    pub generation: u64,
    /// The number of the change.
    pub epoch: u64,
}

impl Token {
    /// Returns whether the outcome of a probe with this lease counts in a record that is open since
    /// `began`.
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

/// A record that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The time until it is due: zero if it is due already.
    pub left: Duration,
    /// The number of times it has opened in a row, from one on.
    pub openings: u16,
    /// The change that opened it: a trip, or a failed probe. A lease of another process that puts it
    /// off is none.
    pub began: Token,
    /// `true` if this process has opened it.
    pub own: bool,
}

/// News from a link to a breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Told {
    /// Nothing that the breaker does not know.
    Nothing,
    /// The record is open. A closed breaker opens. One that is open, unless a control has set its
    /// cooldown, stays open until then, and for the rest of its own cooldown if that is longer. A
    /// half-open one opens if its lease decides nothing any more; an observing one counts what it would
    /// reject.
    Open(Opening),
    /// The record is closed. A breaker closes that is open because it was told so, or whose own
    /// cooldown is over, or that is half-open by a lease.
    Closed,
    /// The failures in a row of a closed record. A closed breaker with a threshold counts as many,
    /// but always lets one more failure be needed.
    Failures(u16),
    /// Somebody else has tripped, and the record is closed. A closed breaker with a threshold opens
    /// at its next failure.
    Suspect,
}

/// The answer to a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Tally {
    /// It is to be counted as without a link.
    Alone,
    /// It is counted; the record has so many in a row now, which open nothing.
    Row(u16),
    /// The record is open: by this failure or another one of this process, or by another process.
    Open(Opening),
}

/// The answer to the question whether a probe may leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Probe {
    /// This process has the lease.
    Go(Token),
    /// Somebody else has the lease, or the record is not due. The breaker rejects for so long.
    Wait(Duration),
    /// The record is closed: the breaker closes.
    Closed,
    /// It is as without a link.
    Alone,
}

/// The tuning that a failure is counted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// The failures in a row that open; at least one.
    pub threshold: u16,
    /// The cooldown, without `backoff` and `jitter`.
    pub cooldown: Duration,
    /// For how long the breaker would open by this failure; [`Duration::MAX`] for ever.
    pub opens_for: Duration,
    /// The number of times it would have opened in a row then, from one on.
    pub openings: u16,
}

/// Something that a breaker reports after the fact: a transition that no link has told it to make,
/// or a running cooldown that has become longer ([`EventKind::Extended`](crate::EventKind)).
#[derive(Clone, Copy, Debug)]
pub struct Report<'a> {
    /// The event.
    pub event: &'a Event,
    /// The newest lease of the half-open that its own probes have ended by this transition.
    pub token: Option<Token>,
    /// The cooldown, without `backoff` and `jitter`.
    pub cooldown: Duration,
    /// The number of times the breaker has opened in a row.
    pub openings: u16,
    /// `true` if the link has said so itself: by [`Tally::Open`].
    pub known: bool,
    pub(crate) until: Option<Tick>,
    pub(crate) clock: &'a Clock,
}

impl Report<'_> {
    /// Returns for how long the breaker will still be open at this moment, rounded down: zero if it is
    /// not open, [`Duration::MAX`] if it is for ever. Read it when the record is locked: the record
    /// should not be due later than the breaker, or a caller who has waited as long as it was told
    /// has to wait again.
    #[must_use]
    pub fn left(&self) -> Duration {
        match self.until {
            None => Duration::ZERO,
            Some(Tick::NEVER) => Duration::MAX,
            Some(until) => until.since(self.clock.stamp()),
        }
    }
}

/// What a [`Report`] says beside the event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Facts {
    pub(crate) token: Option<Token>,
    pub(crate) openings: u16,
    pub(crate) known: bool,
    pub(crate) until: Option<Tick>,
}

/// The way from a registry to the breakers of other processes. As it stands, each method leaves the
/// breaker alone.
pub trait Link: Send + Sync + 'static {
    /// Meets a breaker: one that has just been made, whose first call waits for the answer, or one
    /// that was there when the registry was linked. It may be met twice, and again after
    /// [`detach`](Self::detach). A link that keeps the breaker keeps a weak reference: a breaker by
    /// key that is held makes no room for others.
    fn attach(&self, breaker: &Arc<Breaker>, id: &Id) -> Told {
        _ = (breaker, id);
        Told::Nothing
    }

    /// Learns that the breaker has left its registry. Another one of its id may have been met
    /// before, which stays.
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

    /// Counts a failure of a closed breaker that has a threshold. A failure that trips by a rate or
    /// at once is none of these: it opens, and is reported. `row`: what the breaker counts with it.
    fn failed(&self, id: &Id, row: u16, terms: &Terms) -> Tally {
        _ = (id, row, terms);
        Tally::Alone
    }

    /// Learns that a success has broken the row of failures that the breaker counted.
    fn recovered(&self, id: &Id) {
        _ = id;
    }

    /// Decides whether a probe may leave: the breaker is open and its cooldown over, or it is
    /// half-open without a lease that runs. A lease lasts for `lease`.
    fn due(&self, id: &Id, lease: Duration) -> Probe {
        _ = (id, lease);
        Probe::Alone
    }

    /// Lets the lease last for at least `lease` from now on: a probe has succeeded and more are
    /// needed, or a probe may take longer. Returns `false` if the lease is over, or another process
    /// has claimed the next one: then the next probe asks first. `true` if that is not known.
    fn renew(&self, id: &Id, token: Token, lease: Duration) -> bool {
        _ = (id, token, lease);
        true
    }

    /// Takes the lease back: every probe was given up, or none has left.
    fn back(&self, id: &Id, token: Token) {
        _ = (id, token);
    }

    /// Learns what a breaker has done. A trip opens the record. A half-open that has ended with a
    /// token settles it. Transitions by hand concern this process alone; but a breaker that was closed
    /// by hand is not told again of the opening that it was closed in, nor by a failure.
    fn event(&self, id: &Id, report: &Report<'_>) {
        _ = (id, report);
    }

    /// Returns how the breaker is shared at this moment. `None` if it is not.
    fn sharing(&self, id: &Id) -> Option<Sharing> {
        _ = id;
        None
    }
}
