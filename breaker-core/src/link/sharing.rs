//! A [`Sharing`]: how a breaker is shared, for people who look at it.

use core::fmt;
use std::sync::Arc;

/// How a breaker is shared with others of its name at one moment, from
/// [`Snapshot::shared`](crate::Snapshot::shared).
///
/// A crate that shares breakers makes one by [`new`](Self::new), and sets what it knows:
/// ```
/// use breaker_core::{Role, Sharing};
///
/// let mut sharing = Sharing::new("fleet", Role::Voter);
/// (sharing.votes, sharing.quorum) = (1, Some(3));
/// assert_eq!(sharing.holder, None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
// `SavedSharing` has the same fields in the same order.
pub struct Sharing {
    /// Who shares it: `host`, the processes of a host; or `fleet`, instances that share a store.
    pub scope: &'static str,
    /// The part that this process has in it.
    pub role: Role,
    /// The domains whose own breakers are open by their own evidence, while they are fewer than
    /// `quorum`. Zero where nobody votes.
    pub votes: u16,
    /// The number of votes that opens the breaker for all; `None` where nobody votes.
    pub quorum: Option<u16>,
    /// Who probes at this moment; `None` if nobody does, or it is not known who.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::name::serialize_key"))]
    pub holder: Option<Arc<str>>,
}

impl Sharing {
    /// Returns a sharing without votes, in which nobody is known to probe.
    #[must_use]
    pub const fn new(scope: &'static str, role: Role) -> Self {
        Sharing { scope, role, votes: 0, quorum: None, holder: None }
    }
}

/// The part that a process has in a breaker that is [shared](Sharing).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// It goes by what all know.
    Member,
    /// Its next failure opens its breaker, since somebody else has tripped.
    Suspicious,
    /// Its breaker is open by its own evidence, and too few others have found the like to open
    /// theirs.
    Voter,
    /// It probes for all: it has the lease.
    Prober,
    /// It does not hear the others, and works as without sharing.
    Alone,
}

impl Role {
    /// All roles.
    pub const ALL: [Role; 5] =
        [Self::Member, Self::Suspicious, Self::Voter, Self::Prober, Self::Alone];

    /// Returns `member`, `suspicious`, `voter`, `prober` or `alone`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Member => "member",
            Self::Suspicious => "suspicious",
            Self::Voter => "voter",
            Self::Prober => "prober",
            Self::Alone => "alone",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Written as text by every format, for it is read as such.
#[cfg(feature = "serde")]
impl serde::Serialize for Role {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
