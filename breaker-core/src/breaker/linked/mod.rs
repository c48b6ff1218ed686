//! A breaker's part in a [link](crate::link): its questions, the news it takes in, and its reports.
//!
//! The word decides, as ever; a link's answer is one more input of the state machine. Between a
//! question and the swap of its answer, other threads may change the word. So the answer to a call
//! names the episode in which it was asked, and changes nothing in another episode. In detail:
//!
//! | asked | answer | if the word has moved on meanwhile |
//! |---|---|---|
//! | a failure, closed | counted, so many | the failure is late; the record has counted it |
//! | | the record is open | the failure is late; the breaker is told of the record as of any other |
//! | a probe, open or half-open | the lease | it is kept for the half-open that the word is in by now, or given back |
//! | | wait | the call is decided anew, by the word |
//! | | the record is closed | the same |
//!
//! News that comes without a question ([`Breaker::told`]) names no episode. The state machine
//! decides its effect by the word that the swap replaces.
//!
//! No call asks while the word decides: a closed breaker, an open one within its cooldown, and all
//! states set by hand. If an open breaker is due, each call asks once, until a lease is kept or the
//! answer puts the question off.

mod probe;
mod report;
mod tally;
mod told;

use core::time::Duration;
use std::sync::Arc;

use crate::breaker::Breaker;
use crate::breaker::grants::Grants;
use crate::breaker::tuning::exclusive;
use crate::clock::Span;
use crate::link::{Id, Linking, Sharing};

pub(super) use probe::Answer;
pub(super) use tally::Asked;

/// A span of no time.
const NONE: Span = Span::from_bits(0);

impl Breaker {
    /// Returns the link of the breaker's registry, unless the breaker has left the registry.
    pub(super) fn link(&self) -> Option<&Linking> {
        self.shared()?.link.get().filter(|_| !self.is_detached())
    }

    fn id(&self) -> Id {
        Id::of(&self.current_name())
    }

    fn grants(&self) -> &Grants {
        self.cell.cold().grants()
    }

    fn grants_if_made(&self) -> Option<&Grants> {
        self.cell.cold_if_made()?.grants_if_made()
    }

    /// Introduces the breaker to the link of its registry, if there is one.
    pub(crate) fn meet_link(self: &Arc<Self>) {
        let Some(link) = self.link() else { return };
        let id = self.id();
        let told = link.attach(self, &id);
        let counts = link.counts(&id);
        {
            let _one_at_a_time = exclusive();
            self.change_tuning(|tuning| tuning.count_by_link(counts));
        }
        self.told(told);
    }

    /// Tells the link that the breaker has left its registry.
    pub(super) fn leave_link(&self) {
        let Some(link) = self.shared().and_then(|shared| shared.link.get()) else { return };
        let (id, episode) = (self.id(), self.cell.status().episode);
        let lease = self.grants_if_made().and_then(|grants| grants.take(episode, None));
        if let Some(token) = lease {
            link.back(&id, token);
        }
        link.detach(self, &id);
    }

    /// Returns how the breaker is shared, if it is.
    pub(super) fn sharing(&self) -> Option<Sharing> {
        self.link()?.sharing(&self.id())
    }
}

/// Returns a span's length; [`Duration::MAX`] stands for ever.
fn length(span: Span) -> Duration {
    span.length().unwrap_or(Duration::MAX)
}
