//! The refusals of the server, for the status.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use crate::brain::Moment;
use crate::store::Place;

/// The most places whose refusal is remembered.
const MOST: usize = 100;

/// The time for which a refusal is told. An act that has to be done is refused again before that;
/// an act that was given up, or whose breaker is gone, is not heard of again.
const TOLD: Duration = Duration::from_secs(5 * 60);

/// Acts that were refused, and not done since: the latest of each place, the oldest first.
#[derive(Debug, Default)]
pub(crate) struct Refusals(VecDeque<Refusal>);

#[derive(Debug)]
struct Refusal {
    place: Place,
    why: String,
    at: Moment,
}

impl Refusals {
    /// Notes that an act was refused. The oldest refusal gives way if there are too many.
    pub(crate) fn refused(&mut self, place: &Place, why: &str, at: Moment) {
        self.done(place);
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back(Refusal { place: Arc::clone(place), why: why.to_owned(), at });
    }

    /// Notes that an act was done.
    pub(crate) fn done(&mut self, place: &str) {
        self.0.retain(|refusal| &*refusal.place != place);
    }

    /// Returns the reason of the latest refusal.
    pub(crate) fn latest(&self, now: Moment) -> Option<&str> {
        let latest = self.0.back().filter(|refusal| now - refusal.at < TOLD)?;
        Some(&latest.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(number: usize) -> Place {
        format!("3:svc:{number}").into()
    }

    fn at(seconds: u64) -> Moment {
        Moment(Duration::from_secs(seconds))
    }

    #[test]
    fn refusal_is_told_until_the_act_is_done() {
        let mut refusals = Refusals::default();
        refusals.refused(&place(1), "WRONGTYPE", at(1));
        refusals.refused(&place(2), "NOPERM", at(2));
        assert_eq!(refusals.latest(at(3)), Some("NOPERM"));
        refusals.done(&place(2));
        assert_eq!(refusals.latest(at(3)), Some("WRONGTYPE"));
        refusals.done(&place(1));
        assert_eq!(refusals.latest(at(3)), None);
    }

    #[test]
    fn refusal_of_which_nothing_more_is_heard_is_forgotten() {
        let mut refusals = Refusals::default();
        refusals.refused(&place(1), "WRONGTYPE", at(1));
        refusals.refused(&place(1), "WRONGTYPE", at(6));
        assert_eq!(refusals.latest(at(305)), Some("WRONGTYPE"));
        assert_eq!(refusals.latest(at(306)), None);
    }

    #[test]
    fn new_refusal_replaces_the_oldest() {
        let mut refusals = Refusals::default();
        for number in 0..MOST {
            refusals.refused(&place(number), "old", at(1));
        }
        refusals.refused(&place(MOST), "new", at(1));
        assert_eq!(refusals.latest(at(1)), Some("new"));
        assert_eq!((refusals.0.len(), &refusals.0[0].place), (MOST, &place(1)));
    }
}
