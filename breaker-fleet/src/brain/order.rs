//! The order of two sights of a record. Sights come in any order, and more than once.
//!
//! Within a generation the higher epoch is later. Within an epoch the lease changes the record, and
//! the later write is later. Two sights of one write differ by their delay, which makes the record
//! look due too late: the earlier due moment is the better one. If the store's clock is set back,
//! new writes look old. An answer to this process is believed then: it was asked for a moment ago.
//! A store that has lost its last writes, by a failover for example, shows an earlier epoch. An
//! answer with it is believed if it was asked for after the later epoch had come here.
//!
//! Another generation is another record: the store has lost the first one. An answer of another
//! generation is believed. News may be of the older record, so a sync finds out.

use std::sync::Arc;
use std::time::Duration;

use breaker_core::link::Token;
use breaker_core::shared::WAVERING_MS;

use super::Moment;
use crate::store::Sight;

/// A record as it was last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) stamp: Token,
    pub(super) at_ms: u64,
    pub(super) open: Option<SeenOpen>,
    pub(super) votes: u16,
    /// When this process has seen it.
    pub(super) taken: Moment,
}

/// A record that was open when it was last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SeenOpen {
    /// When it is due, no earlier than it is for the store.
    pub(super) due: Moment,
    pub(super) openings: u16,
    pub(super) began: Token,
    pub(super) holder: Option<Arc<str>>,
    pub(super) failed: Option<Arc<str>>,
}

/// The way by which a sight has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// This process asked for it at that moment.
    Asked(Moment),
    /// By news: perhaps late.
    News,
}

/// The worth of a sight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    /// It is later than what is known.
    New,
    /// It is of the write that is known; the record may be due a little earlier than was thought.
    Same,
    /// It is earlier than what is known.
    Old,
    /// It is of another record. The store may have either one now.
    Unclear,
}

/// Returns the worth of a sight.
pub(super) fn worth(known: Option<&Seen>, sight: &Sight, way: Way) -> Worth {
    let Some(known) = known else { return Worth::New };
    if sight.stamp.generation != known.stamp.generation {
        return if way == Way::News { Worth::Unclear } else { Worth::New };
    }
    if sight.stamp.epoch != known.stamp.epoch {
        let is_later = sight.stamp.epoch > known.stamp.epoch;
        let has_gone_back = matches!(way, Way::Asked(sent) if sent > known.taken);
        return if is_later || has_gone_back { Worth::New } else { Worth::Old };
    }
    let is_set_back = sight.at_ms.saturating_add(WAVERING_MS) < known.at_ms;
    if sight.at_ms == known.at_ms {
        Worth::Same
    } else if sight.at_ms > known.at_ms || way != Way::News && is_set_back {
        Worth::New
    } else {
        Worth::Old
    }
}

impl Seen {
    pub(super) fn new(sight: &Sight, now: Moment) -> Self {
        let generation = sight.stamp.generation;
        let open = sight.open.as_ref().map(|open| SeenOpen {
            due: now + open.left,
            openings: open.openings,
            began: Token { generation, epoch: open.began },
            holder: open.holder.clone(),
            failed: open.failed.clone(),
        });
        let Sight { stamp, at_ms, votes, .. } = *sight;
        Self { stamp, at_ms, open, votes, taken: now }
    }

    /// Takes in another sight of the same write.
    pub(super) fn refine(&mut self, sight: &Sight, now: Moment) {
        (self.votes, self.taken) = (sight.votes, now);
        if let (Some(known), Some(open)) = (&mut self.open, &sight.open) {
            known.due = known.due.min(now + open.left);
        }
    }

    /// Returns the domain that probes, if a lease is running.
    pub(super) fn prober(&self, now: Moment) -> Option<&Arc<str>> {
        let open = self.open.as_ref()?;
        let is_leased = self.stamp.epoch > open.began.epoch && open.due > now;
        open.holder.as_ref().filter(|_| is_leased)
    }

    /// Returns the opening, and the time until it is due.
    pub(super) fn left(&self, now: Moment) -> Option<(&SeenOpen, Duration)> {
        self.open.as_ref().map(|open| (open, open.due - now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sight(generation: u64, epoch: u64, at_ms: u64) -> Sight {
        let (place, stamp) = ("3:svc".into(), Token { generation, epoch });
        Sight { place, stamp, at_ms, open: None, votes: 0 }
    }

    #[test]
    fn later_epoch_is_new_and_within_an_epoch_the_later_write() {
        let known = Seen::new(&sight(7, 4, 5_000), Moment::default());
        for way in [Way::Asked(Moment::default()), Way::News] {
            assert_eq!(worth(None, &sight(7, 4, 5_000), way), Worth::New);
            for (epoch, at_ms, wanted) in [
                (5, 0, Worth::New),
                (3, 9_000, Worth::Old),
                (4, 5_000, Worth::Same),
                (4, 5_001, Worth::New),
                (4, 4_000, Worth::Old),
            ] {
                assert_eq!(worth(Some(&known), &sight(7, epoch, at_ms), way), wanted);
            }
        }
    }

    #[test]
    fn earlier_epoch_is_believed_if_it_was_asked_for_later() {
        let known = Seen::new(&sight(7, 4, 5_000), Moment(Duration::from_secs(1)));
        for (sent, wanted) in [(1_000, Worth::Old), (1_001, Worth::New)] {
            let asked = Way::Asked(Moment(Duration::from_millis(sent)));
            assert_eq!(worth(Some(&known), &sight(7, 3, 4_000), asked), wanted);
        }
        assert_eq!(worth(Some(&known), &sight(7, 3, 9_000), Way::News), Worth::Old);
    }

    #[test]
    fn other_generation_and_clock_set_back_are_believed_by_who_has_asked() {
        let known = Seen::new(&sight(7, 4, 5_000), Moment::default());
        let asked = Way::Asked(Moment::default());
        assert_eq!(worth(Some(&known), &sight(8, 1, 0), asked), Worth::New);
        assert_eq!(worth(Some(&known), &sight(8, 9, 9_000), Way::News), Worth::Unclear);
        assert_eq!(worth(Some(&known), &sight(7, 4, 3_999), asked), Worth::New);
        assert_eq!(worth(Some(&known), &sight(7, 4, 3_999), Way::News), Worth::Old);
    }
}
