//! The brain's output: for the store, for breakers, and for the log.

use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use breaker_core::Breaker;
use breaker_core::link::Told;

use super::Reading;
use crate::store::{Act, Place};

/// Something for the store to do. Each command is answered once: by the store, or by the pump,
/// which says that there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Changes a record. Answered by [`Brain::answered`](super::Brain::answered). There is never
    /// more than one on its way for one place.
    Act(Place, Act),
    /// Reads every open record, and those of these places. Answered by
    /// [`Brain::synced`](super::Brain::synced). There is never more than one on its way.
    Sync(Vec<Place>),
}

/// A change that is worth a log record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// The store answers: breakers are shared.
    Joined,
    /// The store is silent: each breaker is alone.
    Alone {
        /// The reason.
        why: Arc<str>,
    },
    /// This process shares nothing any more.
    Left,
    /// The vote of this process counts, and the record is closed, or has opened by it.
    Voted { place: Place, votes: u16, quorum: u16 },
    /// Another process has tripped: the breaker opens at its next failure.
    Suspected { place: Place, domain: Arc<str> },
    /// The suspicion is over, and the record did not open.
    Acquitted { place: Place },
    /// This process may probe.
    LeaseGranted { place: Place },
    /// The lease has no outcome: it has run out, is another process's, or was given back since no call
    /// came.
    LeaseLost { place: Place },
}

/// Something to tell a breaker, or to ask it. The brain's lock is not held meanwhile.
#[derive(Clone, Debug)]
pub(crate) struct Tell {
    pub(crate) place: Place,
    pub(crate) breaker: Weak<Breaker>,
    pub(crate) word: Word,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    Told(Told),
    /// Reads the breaker's failures, and tells it to be suspicious.
    Suspect,
    /// Takes the suspicion back, if the breaker has counted nothing since.
    Acquit {
        before: u16,
        errors: u64,
    },
    Read(Reading),
}

/// Decisions that the pump has not taken yet.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    pub(super) tells: VecDeque<Tell>,
    pub(super) changes: Vec<Change>,
}
