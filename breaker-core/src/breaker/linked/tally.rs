//! Asks the link about a failure that it counts too, and reports a success after it.

use core::time::Duration;

use super::{NONE, length};
use crate::breaker::Breaker;
use crate::breaker::grants::Grants;
use crate::event::Reason;
use crate::link::{Tally, Terms};
use crate::outcome::Outcome;
use crate::state::status::Phase;
use crate::state::step::{Effect, Input};

/// The answer about an input that concerns the link.
pub(in crate::breaker) enum Asked {
    /// The input to apply.
    Apply(Input),
    /// The answer has been applied, with this effect.
    Settled(Effect),
}

impl Breaker {
    /// Asks the link about a failure that is to be counted.
    pub(in crate::breaker) fn ask_of_failure(
        &self,
        input: Input,
        retry_after: Option<Duration>,
        opening: Reason,
    ) -> Asked {
        if !self.tuning.asks_link() {
            return Asked::Apply(input);
        }
        self.ask_of_failure_slow(input, retry_after, opening).unwrap_or(Asked::Apply(input))
    }

    #[cold]
    fn ask_of_failure_slow(
        &self,
        input: Input,
        retry_after: Option<Duration>,
        reason: Reason,
    ) -> Option<Asked> {
        let Input::Settle { episode, outcome: Outcome::Failure, trips: false } = input else {
            return None;
        };
        let (link, status) = (self.link()?, self.cell.status());
        let Phase::Closed { failures } = status.phase else { return None };
        let is_over = status.episode != episode;
        if is_over || self.grants_if_made().is_some_and(Grants::is_reporting) {
            return None;
        }
        let cooldown = self.tuning.cooldown();
        let now = || self.clock().stamp();
        let (opens_for, before) = self.next_opening(&cooldown, status, retry_after, now);
        let terms = Terms {
            threshold: self.tuning.threshold(),
            cooldown: length(cooldown.base),
            opens_for: length(opens_for),
            openings: u16::try_from(before + 1).unwrap_or(u16::MAX),
        };
        // A new config may just have removed the threshold.
        if terms.threshold == 0 {
            return None;
        }
        match link.failed(&self.id(), failures.saturating_add(1), &terms) {
            Tally::Alone => None,
            Tally::Row(failures) => Some(Asked::Apply(Input::Counted { episode, failures })),
            Tally::Open(opening) => {
                let (least, reason) =
                    if opening.own { (opens_for, reason) } else { (NONE, Reason::Peer) };
                Some(Asked::Settled(self.open_as_told(Some(episode), opening, least, reason)))
            }
        }
    }

    /// Reports to the link that a success has ended a row of failures.
    pub(in crate::breaker) fn note_recovered(&self) {
        if self.tuning.asks_link() {
            if let Some(link) = self.link() {
                link.recovered(&self.id());
            }
        }
    }
}
