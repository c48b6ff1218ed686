//! The words between the [`brain`](crate::brain), which decides, and the store, which keeps the
//! records of a namespace.
//!
//! An [`Act`] changes one record by the store's clock, in one step, as
//! [`breaker_core::shared::step`] does. The store answers with the record as it is then: a
//! [`Sight`]. The process that changes a record is answered, and all others hear of it by [`News`],
//! which may be lost, repeated, late, and out of order. [`Synced`] puts that right.

use std::sync::Arc;
use std::time::Duration;

use breaker_core::link::Token;

/// The place of a record in its namespace: name and key of a breaker, as one text.
pub(crate) type Place = Arc<str>;

/// Something to do to the record of one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// This process has tripped by its own evidence. Opens the record once enough domains have
    /// voted, and else may raise a [suspicion](News::Suspected).
    Vote {
        /// The time for which the vote counts.
        life: Duration,
        /// The time for which the record opens if this vote is the last one needed.
        cooldown: Duration,
        /// The number of times in a row that the record has opened then.
        openings: u16,
        /// The number of domains that are needed; `None` for a tenth of those that are alive, at
        /// least two and at most ten. A single live domain is enough.
        quorum: Option<u16>,
    },
    /// Takes back the vote of this domain. The domain's suspicion is remembered.
    Withdraw,
    /// This process wants to probe. Granted if the record is open and due.
    Claim {
        /// For how long nobody else may probe.
        lease: Duration,
    },
    /// The lease is to last for at least so long from now on.
    Renew {
        /// The lease.
        token: Token,
        /// The time.
        lease: Duration,
    },
    /// The probe has no outcome. Another one may leave now.
    Back {
        /// The lease.
        token: Token,
    },
    /// Enough probes succeeded. Closes, and takes back all votes. A probe that failed before has
    /// confirmed the outage: suspicions are then forgotten too, except that of the domain whose
    /// probe failed last, which may be ill itself.
    Recover {
        /// The lease.
        token: Token,
    },
    /// The breaker has closed by its own probes while the store was silent. Closes the record if it
    /// is due, and still open by the change `began`; votes end as by [`Recover`](Self::Recover).
    RecoverIfDue {
        /// The change that opened it.
        began: Token,
    },
    /// A probe failed. Opens for the next cooldown.
    Relapse {
        /// The lease.
        token: Token,
        /// The next cooldown.
        cooldown: Duration,
    },
}

/// The effect of an [`Act`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The record is as it was. A vote or its withdrawal does not change it.
    None,
    /// The record has changed.
    Changed,
    /// The lease is the caller's. Its token is the stamp of the [`Sight`].
    Granted,
}

/// The answer to an [`Act`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) effect: Effect,
    pub(crate) sight: Sight,
}

/// A record as it was at one moment. It holds durations alone: no clock of another machine counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sight {
    pub(crate) place: Place,
    /// The record's generation and epoch. An act that finds no record makes one, closed; news and
    /// [`Synced`] leave a missing record out.
    pub(crate) stamp: Token,
    /// When the record was written last, in milliseconds of the store's clock. Orders the sights of
    /// one epoch, and serves nothing else.
    pub(crate) at_ms: u64,
    /// `None` if it is closed.
    pub(crate) open: Option<OpenSight>,
    /// The number of domains whose votes count at this moment. [`Synced`] does not count those of an
    /// open record, and says zero.
    pub(crate) votes: u16,
}

/// The open shape of a [`Sight`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct OpenSight {
    /// The time until it is due; zero if it is.
    pub(crate) left: Duration,
    /// The number of times it has opened in a row, from one on.
    pub(crate) openings: u16,
    /// The epoch that opened it.
    pub(crate) began: u64,
    /// The domain of the process that has the lease, or had the last one.
    pub(crate) holder: Option<Arc<str>>,
    /// The domain whose probe failed last in this outage.
    pub(crate) failed: Option<Arc<str>>,
}

/// Something that another process has done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    /// A record has changed.
    Changed(Sight),
    /// A domain has tripped alone. It raises at most one suspicion in ten minutes, or in ten times
    /// the life of its vote if that is longer, and none while the vote of another domain with a
    /// suspicion counts. Else an ill instance would make all others open at an error now and then.
    Suspected {
        place: Place,
        /// The time for which it will be open.
        life: Duration,
        domain: Arc<str>,
    },
}

/// Makes up for all news that a process has missed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Synced {
    /// The number of domains that were heard of in the last half minute, this one included.
    pub(crate) live: u16,
    /// The existing records of the places asked for, and a thousand of the namespace's open records
    /// at random, or all of them if there are no more.
    pub(crate) sights: Vec<Sight>,
}
