//! Applies inputs of the state machine to a breaker, and notifies listeners of transitions.

use core::cell::OnceCell;
use core::time::Duration;

use crate::breaker::Breaker;
use crate::breaker::cell::{Changed, EpisodeTick, Mark};
use crate::breaker::cooldown::Cooldown;
use crate::breaker::linked::Asked;
use crate::clock::{Span, Tick};
use crate::event::Reason;
use crate::outcome::Outcome;
use crate::state::status::{Episode, Phase, Status};
use crate::state::step::{self, Effect, Input};
use crate::sync::atomic::Ordering;

impl Breaker {
    /// Applies an input, and notifies listeners of its transition. `opening` is the reason if the
    /// outcome of a call or probe opens the breaker.
    pub(crate) fn apply(
        &self,
        input: Input,
        retry_after: Option<Duration>,
        opening: Reason,
    ) -> Effect {
        let input = match self.ask_of_failure(input, retry_after, opening) {
            Asked::Apply(input) => input,
            Asked::Settled(effect) => {
                if let (Effect::Late, Some(hint)) = (effect, retry_after) {
                    self.extend_for_late(input, hint);
                }
                return effect;
            }
        };
        // Read at most once: the episode and its cooldown begin at one moment.
        let moment = OnceCell::new();
        let now = || *moment.get_or_init(|| self.clock().stamp());
        let base = self.tuning.cooldown().base;
        let changed = self.change(input, retry_after, now);
        let is_repeated = changed.before == changed.after;
        if is_repeated && matches!(input, Input::Close | Input::OpenUntil(_)) {
            self.cell.mark(changed.after, mark(input));
        }
        if changed.result == Effect::WouldOpen {
            self.would_open(changed.after.episode, now(), base);
        }
        self.notify_transition(&changed, reason(input, &changed, opening));
        if let Input::Settle { outcome: Outcome::Success, .. } = input {
            if changed.before.counts_failures() && !changed.after.counts_failures() {
                self.note_recovered();
            }
        }
        if let (Effect::Late, Some(hint)) = (changed.result, retry_after) {
            self.extend_for_late(input, hint);
        }
        changed.result
    }

    /// Changes the word by an input. No listener is told.
    pub(super) fn change(
        &self,
        input: Input,
        retry_after: Option<Duration>,
        now: impl Fn() -> Tick + Copy,
    ) -> Changed<Effect> {
        let limits = self.tuning.limits();
        let cooldown = self.tuning.cooldown();
        let grows = |status| self.grows(status, now);
        let until = |status| now().after(self.next_opening(&cooldown, status, retry_after, now).0);
        let change = |status| step::step(status, input, limits, until);
        self.cell.update(now, grows, mark(input), change)
    }

    /// Returns the cooldown of an opening in this state, and how often the breaker has opened in a
    /// row before.
    pub(super) fn next_opening(
        &self,
        cooldown: &Cooldown,
        status: Status,
        retry_after: Option<Duration>,
        now: impl Fn() -> Tick,
    ) -> (Span, u64) {
        let before = if self.grows(status, now) { self.cell.openings(status) } else { 0 };
        let next = Episode(self.shown_episode(status.episode.next()));
        (cooldown.length(self.current_name().as_str(), next, before, retry_after), before)
    }

    /// Returns whether an opening now would extend the row of the last openings: the breaker has
    /// not been closed for long enough to end it.
    pub(crate) fn grows(&self, status: Status, now: impl Fn() -> Tick) -> bool {
        match status.phase {
            Phase::HalfOpen { .. } => true,
            Phase::Closed { .. } => {
                let Some(reset) = self.tuning.backoff_reset() else { return false };
                // If the beginning is unknown, the thread that closed the breaker is about to store
                // it.
                let since = self.cell.since_of(status.episode);
                since.is_none_or(|since| now() < since.after(reset))
            }
            _ => false,
        }
    }

    /// Applies the hint of a late failure.
    #[cold]
    fn extend_for_late(&self, input: Input, hint: Duration) {
        match input {
            Input::Settle { episode, outcome: Outcome::Failure, .. }
            | Input::Counted { episode, .. }
            | Input::SettleProbe { episode, outcome: Outcome::Failure, .. } => {
                self.extend(episode, hint);
            }
            _ => {}
        }
    }

    /// Lengthens the running cooldown to the hint of a failure whose call was admitted in the
    /// episode that ended with this opening. A deadline that a control or another process has set
    /// stays.
    #[cold]
    pub(crate) fn extend(&self, ended: Episode, hint: Duration) {
        if hint.is_zero() {
            return;
        }
        let (limits, cooldown) = (self.tuning.limits(), self.tuning.cooldown());
        let now = || self.clock().stamp();
        let until = now().after(cooldown.hinted(hint));
        let extend = |status: Status| {
            let of_others = self.end_of_open(status).is_some_and(|(end, own_end)| own_end < end);
            if of_others || self.cell.is_held(status.episode) {
                return (status, Effect::Done);
            }
            step::step(status, Input::Extend { ended, until }, limits, |_| until)
        };
        let changed = self.cell.update(now, |_| false, Mark::None, extend);
        if changed.after != changed.before {
            self.notify_extended(changed.after);
        }
    }

    /// Stores the end of the cooldown that an observing breaker would now enter, unless it would
    /// already be in one.
    pub(super) fn would_open(&self, episode: Episode, now: Tick, cooldown: Span) {
        let later = |until: u64| {
            let until = EpisodeTick(until);
            let is_over = !until.is_of(episode) || now >= until.tick();
            is_over.then(|| EpisodeTick::new(episode, now.after(cooldown)).0)
        };
        // Relaxed: it is for people to read, and admits or rejects no call.
        let _ = self.cell.cold().observed_until.fetch_update(
            Ordering::Relaxed,
            Ordering::Relaxed,
            later,
        );
    }
}

/// Returns the mark of a control that sets a deadline or closes.
fn mark(input: Input) -> Mark {
    match input {
        Input::Open | Input::OpenUntil(_) => Mark::Held,
        Input::Close | Input::Reset | Input::Release(_) | Input::Withdraw(_) => Mark::Fresh,
        _ => Mark::None,
    }
}

pub(super) fn reason(input: Input, changed: &Changed<Effect>, opening: Reason) -> Reason {
    match (input, changed.after.phase) {
        (Input::Reset | Input::Withdraw(_), _) => Reason::Reset,
        (Input::SettleProbe { .. }, Phase::Closed { .. }) => Reason::ProbesSucceeded,
        (Input::Settle { .. } | Input::SettleProbe { .. }, _) => opening,
        (Input::Cleared(_), _) => Reason::Peer,
        _ => Reason::Manual,
    }
}
