//! A link that makes up a fleet's votes.

use breaker_core::link::{Id, Link};
use breakerbox::{Role, Sharing};

/// One other domain votes to open the breaker `llm`, and two votes are missing.
pub(crate) struct Fleet;

impl Link for Fleet {
    fn sharing(&self, id: &Id) -> Option<Sharing> {
        let mut sharing = Sharing::new("fleet", Role::Member);
        (sharing.votes, sharing.quorum) = (1, Some(3));
        (id.name() == "llm").then_some(sharing)
    }
}
