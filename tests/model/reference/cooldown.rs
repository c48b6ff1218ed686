//! The time for which the breaker stays open, and the number of openings in a row.

use super::{Model, Phase};
use crate::tuning::FOREVER;

const HOUR: u64 = 3_600_000;

impl Model {
    /// Returns whether an opening now is one more failed half-open.
    fn is_in_a_row(&self) -> bool {
        match self.phase {
            Phase::HalfOpen { .. } => true,
            Phase::Closed => {
                self.tuning.backoff_reset.is_some_and(|reset| self.now() < self.since + reset)
            }
            _ => false,
        }
    }

    /// Returns how often the breaker has opened in a row, if it leaves this state.
    pub(super) fn openings_after(&self, opens: bool) -> u16 {
        match (opens, self.phase) {
            (true, _) if self.is_in_a_row() => self.openings.saturating_add(1),
            (true, _) => 1,
            (false, Phase::Closed) if !self.is_in_a_row() => 0,
            (false, Phase::Observing { .. }) => 0,
            (false, _) => self.openings,
        }
    }

    /// Returns how often the breaker has opened in a row. A closed one may have ended the row.
    pub(super) fn openings_shown(&self) -> u16 {
        let is_over = self.phase == Phase::Closed && !self.is_in_a_row();
        if is_over { 0 } else { self.openings }
    }

    /// Returns the hint as far as it is heeded; none if it is zero.
    pub(super) fn capped(&self, hint: Option<u64>) -> Option<u64> {
        let most = self.tuning.cooldown_max.unwrap_or(HOUR.max(self.tuning.cooldown));
        hint.filter(|hint| *hint > 0).map(|hint| hint.min(most))
    }

    /// Returns the length of the cooldown of an opening, the `openings`th in a row.
    pub(super) fn cooldown(&mut self, openings: u16, hint: Option<u64>) -> u64 {
        if let Some(hint) = self.capped(hint) {
            return hint;
        }
        let (base, most) = (self.tuning.cooldown, self.tuning.cooldown_max.unwrap_or(FOREVER));
        let grown = times(base, self.tuning.backoff.powi(i32::from(openings) - 1));
        let longest = times(grown, 1.0 + self.tuning.jitter);
        if self.tuning.jitter == 0.0 {
            return grown.min(most);
        }
        // If the cap leaves no room above, the cooldown may be shortened, but not below the base.
        let shortest = if longest > most { base } else { grown };
        shortest + self.choices.choose(longest.min(most) - shortest + 1)
    }

    /// Lengthens the running cooldown by the hint of a failure that comes late.
    pub(super) fn extend(&mut self, episode: u64, hint: Option<u64>) {
        let (now, since, follows) = (self.now(), self.since, self.episode == episode + 1);
        let Some(hint) = self.capped(hint) else { return };
        let end = later(now, hint);
        if let Phase::Open { until, held: false, .. } = &mut self.phase {
            if follows && end > *until {
                *until = end;
                let cooldown = (end < FOREVER).then(|| crate::tuning::time(end - since));
                self.tell(breakerbox::EventKind::Extended { cooldown });
            }
        }
    }
}

/// Returns the moment `length` after `time`; [`FOREVER`] if it never comes.
pub(super) fn later(time: u64, length: u64) -> u64 {
    time.saturating_add(length).min(FOREVER)
}

#[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
fn times(length: u64, factor: f64) -> u64 {
    ((length as f64 * factor).ceil() as u64).min(FOREVER)
}
