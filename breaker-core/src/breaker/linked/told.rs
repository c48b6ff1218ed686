//! News from the link, and its effect on a breaker.

use super::NONE;
use crate::breaker::Breaker;
use crate::breaker::cell::Mark;
use crate::clock::{Span, Tick};
use crate::event::Reason;
use crate::link::{Opening, Token, Told};
use crate::state::status::{Episode, Phase, Status};
use crate::state::step::{self, Effect, Input};

impl Breaker {
    /// Takes in a link's news of other processes. A breaker without a link, or one that has left
    /// its registry, takes in nothing.
    #[doc(hidden)]
    pub fn told(&self, told: Told) {
        if self.link().is_none() {
            return;
        }
        match told {
            Told::Nothing => {}
            Told::Open(opening) => _ = self.open_as_told(None, opening, NONE, Reason::Peer),
            Told::Closed => self.close_as_told(),
            Told::Failures(failures) => self.hear(failures, false),
            Told::Suspect => self.hear(u16::MAX, true),
        }
    }

    fn hear(&self, failures: u16, raises: bool) {
        self.control(Input::Heard { failures, raises });
    }

    /// Opens because the record is open, for at least `least`. `asked`: the link has answered a
    /// failure of that episode.
    pub(super) fn open_as_told(
        &self,
        asked: Option<Episode>,
        opening: Opening,
        least: Span,
        reason: Reason,
    ) -> Effect {
        let now = self.clock().stamp();
        let left = Span::new(opening.left).max(least);
        // If the record is due, the breaker is due now, and not at the next tick.
        let until = if left == NONE { self.clock().now() } else { now.after(left) };
        let limits = self.tuning.limits();
        let open = |status: Status| {
            let is_late = asked.is_some_and(|episode| episode != status.episode);
            if is_late || status.phase.is_open() && self.cell.is_held(status.episode) {
                let effect = if is_late { Effect::Late } else { Effect::Done };
                return (status, effect);
            }
            let void = self.is_void(status, opening.began).then_some(status.episode);
            // If another process's lease has ended early, nobody waits for it any longer. But the
            // part of the open that the breaker itself has caused stays.
            let own_end = self.end_of_open(status).filter(|(found, own_end)| own_end < found);
            let until = own_end.map_or(until, |(_, own_end)| until.max(own_end));
            let told = Input::Told { until, void, replaces: own_end.is_some() };
            step::step(status, told, limits, |_| until)
        };
        let grows = |status| self.grows(status, || now);
        let changed = self.cell.update(|| now, grows, Mark::None, open);
        if changed.result == Effect::WouldOpen {
            self.would_open(changed.after.episode, now, left);
        }
        let (before, after) = (changed.before, changed.after);
        match (before.phase, after.phase) {
            (Phase::Open { until: found }, Phase::Open { .. }) => {
                if before != after {
                    self.grants().note_own_end(after.episode, found);
                }
                let openings = self.cell.openings(after).max(opening.openings.into());
                self.cell.set_openings(after, openings);
            }
            (_, Phase::Open { .. }) => {
                if reason == Reason::Peer {
                    self.grants().note_own_end(after.episode, Tick::from_bits(0));
                }
                self.cell.set_openings(after, opening.openings.into());
            }
            (Phase::HalfOpen { .. }, _) => {
                if let Some(grants) = self.grants_if_made() {
                    grants.ask_by(after.episode, until);
                }
            }
            _ => {}
        }
        self.notify_change(&changed, reason, true);
        changed.result
    }

    /// Returns whether the probes of a half-open breaker no longer decide anything, since the
    /// record has been open since `began`. Probes without a lease still decide about this breaker.
    fn is_void(&self, status: Status, began: Token) -> bool {
        let Phase::HalfOpen { .. } = status.phase else { return false };
        let token = self.grants_if_made().and_then(|grants| grants.token(status.episode));
        token.is_some_and(|token| !token.settles(began))
    }

    /// Returns until when the breaker is open, and until when the breaker itself has caused that.
    pub(in crate::breaker) fn end_of_open(&self, status: Status) -> Option<(Tick, Tick)> {
        let Phase::Open { until } = status.phase else { return None };
        let noted = self.grants_if_made().map(|grants| grants.own_end(status.episode, until));
        Some((until, noted.unwrap_or(until)))
    }

    /// Closes because the record is closed, if the breaker is open because the link told it, or its
    /// own cooldown is over, or it is half-open by a lease.
    fn close_as_told(&self) {
        loop {
            let status = self.cell.status();
            let episode = status.episode;
            let may_close = match status.phase {
                Phase::Open { until } => {
                    let is_held = self.cell.is_held(episode);
                    let noted = self.end_of_open(status).filter(|_| !is_held);
                    let own_end = noted.map_or(until, |(_, own_end)| own_end);
                    self.near_now(own_end) >= own_end
                }
                Phase::HalfOpen { .. } => {
                    self.grants_if_made().is_some_and(|it| it.token(episode).is_some())
                }
                _ => false,
            };
            if !may_close || self.control(Input::Cleared(episode)) != Effect::Late {
                return;
            }
        }
    }
}
