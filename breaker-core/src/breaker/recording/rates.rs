//! The limits at which a window trips, and how far totals are from them.

use crate::event::Reason;
use crate::window::Totals;

/// The limits at which the window trips.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Rates {
    pub(crate) failure_rate: Option<f64>,
    pub(crate) failure_count: Option<u32>,
    pub(crate) slow_rate: Option<f64>,
    /// The least number of calls at which a rate is judged.
    pub(crate) min_calls: u32,
    /// The least number of calls at which a count is judged.
    pub(crate) count_min: u32,
}

/// Returns the totals' reason to trip.
#[inline]
pub(super) fn reached(rates: &Rates, sums: Totals) -> Option<Reason> {
    let counted = rates.failure_count.is_some_and(|count| sums.failures >= count.into());
    if counted && sums.calls >= rates.count_min.into() {
        return Some(Reason::FailureCount);
    }
    if sums.calls < rates.min_calls.into() {
        return None;
    }
    let reaches = |rate: Option<f64>, part| rate.is_some_and(|rate| sums.reach(part, rate));
    if reaches(rates.failure_rate, sums.failures) {
        Some(Reason::FailureRate)
    } else if reaches(rates.slow_rate, sums.slow) {
        Some(Reason::SlowRate)
    } else {
        None
    }
}

/// Returns a number of failures that, added to these totals, do not trip, whatever succeeds
/// meanwhile, while no call leaves the window. The totals alone do not trip.
pub(super) fn spare(rates: &Rates, totals: Totals) -> u64 {
    if rates.slow_rate.is_some() {
        // Slow calls may trip with the next call.
        return 0;
    }
    let by_count =
        rates.failure_count.map(|count| u64::from(count).saturating_sub(totals.failures + 1));
    by_count.unwrap_or(u64::MAX).min(spare_by_rate(rates, totals))
}

/// Returns [`spare`] for the rate alone. With `k` more failures and some more successes, the
/// failures are `rate` of the calls, or of `min_calls` if that is more. So `k` is at least the
/// number that makes both true without a success. A result is rounded down by more than an error of
/// floats.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "the cast saturates")]
#[allow(clippy::cast_precision_loss, reason = "a window holds less than 2^53 calls")]
fn spare_by_rate(rates: &Rates, totals: Totals) -> u64 {
    let Some(rate) = rates.failure_rate else { return u64::MAX };
    let (calls, failures) = (totals.calls as f64, totals.failures as f64);
    let by_share = (rate * calls - failures) / (1.0 - rate);
    let by_min_calls = rate * f64::from(rates.min_calls) - failures;
    // At a rate of one, the share without a success is not a number, and `max` ignores it.
    (by_share.max(by_min_calls) * 0.999 - 1.0) as u64
}
