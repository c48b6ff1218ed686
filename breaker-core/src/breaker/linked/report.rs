//! A breaker's reports to its link.

use super::length;
use crate::breaker::Breaker;
use crate::event::{Event, Reason};
use crate::link::{Facts, Id, Report};
use crate::state::status::{Phase, Status};

impl Breaker {
    /// Returns the facts that the link gets beside a transition's event. If the transition ends a
    /// lease, the report settles it, or this gives it back.
    pub(in crate::breaker) fn facts(
        &self,
        before: Status,
        after: Status,
        reason: Reason,
        known: bool,
    ) -> Option<Facts> {
        let link = self.link()?;
        let mut token = None;
        if let (Phase::HalfOpen { .. }, Some(grants)) = (before.phase, self.grants_if_made()) {
            if matches!(reason, Reason::ProbesSucceeded | Reason::ProbeFailed) {
                token = grants.take_to_report(before.episode);
            } else if let Some(token) = grants.take(before.episode, None) {
                link.back(&self.id(), token);
            }
        }
        let facts = Facts { token, known, ..self.facts_of_open(after) };
        (reason != Reason::Peer).then_some(facts)
    }

    /// Returns the facts that the link gets beside the event of a longer cooldown.
    pub(in crate::breaker) fn facts_of_open(&self, status: Status) -> Facts {
        let openings = u16::try_from(self.cell.openings(status)).unwrap_or(u16::MAX);
        let until = match status.phase {
            Phase::Open { until } => Some(until),
            _ => None,
        };
        Facts { token: None, openings, known: false, until }
    }

    /// Reports an event to the link.
    pub(in crate::breaker) fn report_to_link(&self, event: &Event, facts: Facts) {
        let Facts { token, openings, known, until } = facts;
        if let Some(link) = self.link() {
            let cooldown = length(self.tuning.cooldown().base);
            let clock = self.clock();
            let report = Report { event, token, cooldown, openings, known, until, clock };
            link.event(&Id::of(&event.name), &report);
        }
        if token.is_some() {
            self.grants().reported();
        }
    }
}
