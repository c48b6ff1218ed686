//! Calls that ask to be admitted.

use breakerbox::{EventKind, Reason};

use super::cooldown::later;
use super::{Call, Kind, Model, Phase, Slot, tick};
use crate::tuning::FOREVER;

/// The reason of a rejection, and its `retry_after`.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Rejection {
    Open(Option<u64>),
    Saturated(Option<u64>),
    Isolated,
}

impl Model {
    /// Returns the moment at which a probe loses its slot.
    fn end_of_slot(&self, call: &Call) -> u64 {
        later(tick(call.began), self.tuning.probe_timeout)
    }

    fn oldest_in_flight(&self) -> Option<&Call> {
        // Those that began at one time lose their slots in the order in which they came.
        self.in_flight().min_by_key(|call| (call.began, call.id))
    }

    fn has_slot(&self) -> bool {
        self.in_flight().count() < self.tuning.probes.into()
    }

    /// A call that hangs is counted by a call, and not by this question: it may be answered yes
    /// just before a call that opens the breaker.
    pub(super) fn is_call_permitted(&self) -> bool {
        match self.phase {
            Phase::Closed | Phase::Observing { .. } | Phase::Disabled => true,
            Phase::Open { until, .. } => self.now() >= until,
            Phase::HalfOpen { .. } => {
                let oldest = self.oldest_in_flight();
                self.has_slot() || oldest.is_some_and(|call| self.now() >= self.end_of_slot(call))
            }
            Phase::Isolated { .. } => false,
        }
    }

    /// Asks for admission. `id` names the call.
    pub(crate) fn start(&mut self, id: usize) -> Result<(), Rejection> {
        self.count_hung();
        match self.phase {
            Phase::Open { until, .. } if self.now() >= until => {
                self.enter(Phase::HalfOpen { successes: 0 }, Reason::CooldownOver);
            }
            Phase::Open { .. } => return self.reject(Rejection::Open(self.remaining())),
            Phase::Isolated { .. } => return self.reject(Rejection::Isolated),
            Phase::Observing { until } if self.now() < until => self.observed_rejections += 1,
            _ => {}
        }
        let kind = match self.phase {
            Phase::HalfOpen { .. } => {
                if let Err(rejection) = self.make_room() {
                    return self.reject(rejection);
                }
                Kind::Probe { slot: Slot::Held }
            }
            Phase::Disabled => Kind::Unrecorded,
            _ => Kind::Recorded,
        };
        let (episode, began) = (self.episode, self.clock);
        let timed = self.tuning.slow_call.unwrap_or(0);
        self.calls.push(Call { id, episode, began, timed, kind });
        Ok(())
    }

    /// Takes slots from probes that have been out for too long, until there is a free one.
    fn make_room(&mut self) -> Result<(), Rejection> {
        while !self.has_slot() {
            let (id, since) = {
                let Some(oldest) = self.oldest_in_flight() else { break };
                (oldest.id, self.end_of_slot(oldest))
            };
            if self.now() < since {
                let left = (since < FOREVER).then(|| since - self.now());
                return Err(Rejection::Saturated(left));
            }
            if let Some(call) = self.calls.iter_mut().find(|call| call.id == id) {
                call.kind = Kind::Probe { slot: Slot::Lost { since } };
            }
        }
        Ok(())
    }

    fn reject(&mut self, rejection: Rejection) -> Result<(), Rejection> {
        self.rejections += 1;
        self.tell(EventKind::Rejected { state: self.state() });
        Err(rejection)
    }
}
