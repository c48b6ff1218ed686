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
}

impl Link for FleetLink {
    fn attach(&self, breaker: &Arc<Breaker>, id: &Id) -> Told {
        if !(self.picks)(id) {
            return Told::Nothing;
        }
        let (place, cooldown) = (place(id), breaker.config().cooldown());
        self.shared.tell_and_ring(|brain, now| brain.attach(now, &place, breaker, cooldown))
    }

    fn detach(&self, breaker: &Breaker, id: &Id) {
        self.shared.tell_and_ring(|brain, now| brain.detach(now, &place(id), breaker));
    }

    fn due(&self, id: &Id, lease: Duration) -> Probe {
        self.shared.tell_and_ring(|brain, now| brain.due(now, &place(id), lease))
    }

    fn renew(&self, id: &Id, token: Token, lease: Duration) -> bool {
        self.shared.tell_and_ring(|brain, now| brain.renew(now, &place(id), token, lease))
    }

    fn back(&self, id: &Id, token: Token) {
        self.shared.tell_and_ring(|brain, now| brain.back(now, &place(id), token));
    }

    fn event(&self, id: &Id, report: &Report<'_>) {
        if let Some(done) = done(report) {
            self.shared.tell_and_ring(|brain, now| brain.report(now, &place(id), done));
        }
    }

    fn sharing(&self, id: &Id) -> Option<Sharing> {
        self.shared.tell(|brain, now| brain.sharing(now, &place(id)))
    }
}

/// Returns what a report is to the brain, if it is anything.
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
