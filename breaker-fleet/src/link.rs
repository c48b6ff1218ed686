//! The way from breakers to the brain.

use std::sync::Arc;
use std::time::Duration;

use breaker_core::link::{Id, Link, Probe, Report, Token, Told};
use breaker_core::{Breaker, EventKind, Reason, Sharing, State};

use crate::brain;
use crate::redis::keys::place;
use crate::shared::Shared;

/// Says which breakers are shared.
pub(crate) type Picks = Box<dyn Fn(&Id) -> bool + Send + Sync>;

/// The link of a registry to its fleet.
pub(crate) struct FleetLink {
    shared: Arc<Shared>,
    picks: Picks,
}

impl FleetLink {
    pub(crate) fn new(shared: &Arc<Shared>, picks: Picks) -> Arc<Self> {
        Arc::new(FleetLink { shared: Arc::clone(shared), picks })
    }

    /// Returns the state shared with the pump, unless this process is a child of the one that
    /// joined.
    fn shared(&self) -> Option<&Shared> {
        (!self.shared.is_of_child()).then_some(&*self.shared)
    }
}

impl Link for FleetLink {
    fn attach(&self, breaker: &Arc<Breaker>, id: &Id) -> Told {
        let Some(shared) = self.shared().filter(|_| (self.picks)(id)) else { return Told::Nothing };
        let (place, cooldown) = (place(id), breaker.config().cooldown());
        shared.tell_and_ring(|brain, now| brain.attach(now, &place, breaker, cooldown))
    }

    fn detach(&self, breaker: &Breaker, id: &Id) {
        let Some(shared) = self.shared() else { return };
        shared.tell_and_ring(|brain, now| brain.detach(now, &place(id), breaker));
    }

    fn due(&self, id: &Id, lease: Duration) -> Probe {
        let Some(shared) = self.shared() else { return Probe::Alone };
        shared.tell_and_ring(|brain, now| brain.due(now, &place(id), lease))
    }

    fn renew(&self, id: &Id, token: Token, lease: Duration) -> bool {
        let Some(shared) = self.shared() else { return false };
        shared.tell_and_ring(|brain, now| brain.renew(now, &place(id), token, lease))
    }

    fn back(&self, id: &Id, token: Token) {
        let Some(shared) = self.shared() else { return };
        shared.tell_and_ring(|brain, now| brain.back(now, &place(id), token));
    }

    fn event(&self, id: &Id, report: &Report<'_>) {
        if let (Some(shared), Some(done)) = (self.shared(), done(report)) {
            shared.tell_and_ring(|brain, now| brain.report(now, &place(id), done));
        }
    }

    fn sharing(&self, id: &Id) -> Option<Sharing> {
        self.shared()?.tell(|brain, now| brain.sharing(now, &place(id)))
    }
}

/// Returns the brain's form of a report, if the brain needs it.
fn done(report: &Report<'_>) -> Option<brain::Report> {
    let (token, openings) = (report.token, report.openings);
    match report.event.kind {
        _ if report.known => None,
        EventKind::Extended { .. } => {
            Some(brain::Report::Extended { left: report.left(), openings })
        }
        EventKind::Transition { to, reason, .. } => match (to, reason) {
            (_, Reason::Manual | Reason::Reset | Reason::Restored) => Some(brain::Report::ByHand),
            (State::Open, _) => {
                Some(brain::Report::Opened { token, left: report.left(), openings })
            }
            (State::Closed, _) => Some(brain::Report::Recovered { token }),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use breaker_core::{Config, Registry};

    use super::*;
    use crate::brain::{Moment, Setup};

    #[test]
    fn child_that_was_forked_is_alone_and_takes_no_lock() {
        let shared = |process| {
            let setup = Setup { domain: "eu-1".into(), quorum: None, spread: None, seed: 1 };
            Shared::of_process(process, setup, Box::new(Moment::default), Box::new(|| ()))
        };
        let link = |shared: &_| FleetLink::new(shared, Box::new(|_| true));
        let breaker = Registry::new().get_or_insert("svc", Config::new()).unwrap();
        let id = Id::new("svc", None).unwrap();
        let own = link(&shared(std::process::id()));
        _ = own.attach(&breaker, &id);
        assert!(own.sharing(&id).is_some());
        let shared_with_child = shared(std::process::id() + 1);
        let child = link(&shared_with_child);
        shared_with_child.tell(|_, _| {
            // The lock is held.
            assert_eq!(child.attach(&breaker, &id), Told::Nothing);
            assert_eq!(child.due(&id, Duration::from_secs(1)), Probe::Alone);
            assert!(child.sharing(&id).is_none());
            child.detach(&breaker, &id);
        });
        let names = shared_with_child.tell(|brain, _| brain.names());
        assert_eq!(names, 0, "the child has changed nothing");
    }
}
