//! Applies inputs of the state machine to a breaker, and notifies listeners of transitions.

use core::cell::OnceCell;
use core::time::Duration;

use crate::breaker::Breaker;
use crate::breaker::cell::Changed;
use crate::clock::{Span, Tick};
use crate::event::Reason;
use crate::state::step::{self, Effect, Input};
use crate::state::word::{Phase, Status};
use crate::sync::atomic::Ordering;

impl Breaker {
    /// Applies an input, and notifies listeners of the transition that it makes. `opening` is the
    /// reason if a call opens a closed breaker.
    pub(crate) fn apply(
        &self,
        input: Input,
        retry_after: Option<Duration>,
        opening: Reason,
    ) -> Effect {
        let limits = self.tuning.limits();
        let cooldown = self.tuning.cooldown();
        // Read at most once: the episode and its cooldown begin at one moment.
        let moment = OnceCell::new();
        let now = || *moment.get_or_init(|| self.clock().stamp());
        let until = |status: Status| {
            let reopenings = match status.phase {
                Phase::HalfOpen { .. } => self.cell.openings(status),
                _ => 0,
            };
            now().after(cooldown.length(
                self.name.as_str(),
                status.episode.next(),
                reopenings,
                retry_after,
            ))
        };
        let changed = self.cell.update(now, |status| step::step(status, input, limits, until));
        if changed.result == Effect::WouldOpen {
            self.would_open(now(), cooldown.base);
        }
        self.notify_transition(&changed, reason(input, &changed, opening));
        changed.result
    }

    /// Stores the end of the cooldown that an observing breaker would be in, unless it would be
    /// in one already.
    fn would_open(&self, now: Tick, cooldown: Span) {
        let later = |until: u64| (now.bits() >= until).then(|| now.after(cooldown).bits());
        // Relaxed: no decision depends on it.
        let _ = self.cell.cold().observed_until.fetch_update(
            Ordering::Relaxed,
            Ordering::Relaxed,
            later,
        );
    }
}

fn reason(input: Input, changed: &Changed<Effect>, opening: Reason) -> Reason {
    match (input, changed.after.phase) {
        (Input::Reset, _) => Reason::Reset,
        (Input::SettleProbe { .. }, Phase::Closed { .. }) => Reason::ProbesSucceeded,
        (Input::SettleProbe { .. }, _) => Reason::ProbeFailed,
        (Input::Settle { .. }, _) => opening,
        _ => Reason::Manual,
    }
}
