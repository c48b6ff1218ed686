//! A [`Sharing`] describes for people how a breaker is shared.

use core::fmt;
use std::sync::Arc;

/// The way in which a breaker is shared with others of its name at one moment, from
/// [`Snapshot::shared`](crate::Snapshot::shared).
///
/// A crate that shares breakers makes one by [`new`](Self::new), and sets the other fields as it
/// can:
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
    /// The group that shares the breaker: `host`, the processes of a host; or `fleet`, instances
    /// that share a store.
    pub scope: &'static str,
    /// The part that this process plays in it.
    pub role: Role,
    /// The number of domains whose own breakers are open by their own evidence, while it is below
    /// `quorum`. Zero if nobody votes.
    pub votes: u16,
    /// The number of votes that opens the breaker for all; `None` if nobody votes.
    pub quorum: Option<u16>,
    /// The name of the process that probes at this moment; `None` if none probes, or its name is
    /// unknown.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::name::serialize_key"))]
    pub holder: Option<Arc<str>>,
}

impl Sharing {
    /// Returns a sharing without votes and without a known prober.
    #[must_use]
    pub const fn new(scope: &'static str, role: Role) -> Self {
        Sharing { scope, role, votes: 0, quorum: None, holder: None }
    }
}

/// The part that a process plays in a [shared](Sharing) breaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Role {
    /// The process follows the common state.
    Member,
    /// The next failure of the process opens its breaker, since another one has tripped.
    Suspicious,
    /// The breaker of the process is open by its own evidence, but too few others agree to open
    /// theirs.
    Voter,
    /// The process probes for all: it has the lease.
    Prober,
    /// The process does not hear the others, and works as without sharing.
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

/// Every format writes it as text, since every format reads it as text.
#[cfg(feature = "serde")]
impl serde::Serialize for Role {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
