//! The breakers that are compared, a file for each.

mod annotated;
mod bare;
mod breaker;
mod circuit_breaker;
mod circuitbreaker_rs;
mod core;
mod execution_policy;
mod failsafe;
mod keyed;
mod large;
mod layer;
mod limit;
mod llm;
mod mutex;
mod nobreak;
mod recloser;
mod registry;
mod seatbelt;
mod sentinel;
mod slow;
mod special;
mod stream;
mod tower_resilience;

use crate::case::{Case, Form, Group, Make, Path, Policy};
use crate::subject::{Answer, Subject};
use crate::work::{Reply, Sick};

/// All cases, in the order of the tables.
pub(crate) fn cases() -> Vec<Case> {
    let mut cases = Cases::default();
    for add in [
        bare::add,
        limit::add,
        annotated::add,
        core::add,
        special::add,
        stream::add,
        large::add,
        slow::add,
        keyed::add,
        registry::add,
        llm::add,
        mutex::add,
        failsafe::add,
        recloser::add,
        nobreak::add,
        circuit_breaker::add,
        circuitbreaker_rs::add,
        breaker::add,
        execution_policy::add,
        seatbelt::add,
        tower_resilience::add,
        sentinel::add,
        layer::add,
    ] {
        add(&mut cases);
    }
    cases.0
}

/// The row that peers are measured against.
pub(crate) const BARE: &str = "bare call";
pub(crate) const LIMIT: &str = "load, call, load";
pub(crate) const ANNOTATED: &str = "#[circuit_breaker]";
pub(crate) const CORE: &str = "Breaker::call";

/// Returns true if a case runs only code of this repository.
pub(crate) fn is_ours(peer: &str) -> bool {
    [BARE, LIMIT, ANNOTATED, CORE, OUR_LAYER].contains(&peer)
}

pub(crate) use layer::{EXTRA as LAYER, OURS as OUR_LAYER, PEERS as PEERS_WITH_LAYER};
pub(crate) use llm::EXTRA as LLM_CALL;
pub(crate) use special::TRANSITIONS;

/// The list to which the peers' files add their cases.
#[derive(Default)]
struct Cases(Vec<Case>);

/// A row of cases: one peer under one policy.
struct Row<'c> {
    cases: &'c mut Cases,
    group: Group,
    peer: &'static str,
    policy: Policy,
    extra: &'static str,
}

impl Cases {
    fn row(&mut self, peer: &'static str, policy: Policy) -> Row<'_> {
        self.grouped(Group::Compared, peer, policy, "")
    }

    fn special_row(&mut self, peer: &'static str, policy: Policy, extra: &'static str) -> Row<'_> {
        self.grouped(Group::Special, peer, policy, extra)
    }

    fn grouped(
        &mut self,
        group: Group,
        peer: &'static str,
        policy: Policy,
        extra: &'static str,
    ) -> Row<'_> {
        Row { cases: self, group, peer, policy, extra }
    }
}

impl Row<'_> {
    fn sync(&mut self, path: Path, make: impl Fn() -> Box<dyn Subject> + Send + Sync + 'static) {
        self.add(Form::Sync, path, Box::new(make));
    }

    /// Adds the async case; `async` itself is a keyword.
    fn later(&mut self, path: Path, make: impl Fn() -> Box<dyn Subject> + Send + Sync + 'static) {
        self.add(Form::Async, path, Box::new(make));
    }

    fn add(&mut self, form: Form, path: Path, make: Make) {
        let Row { group, peer, policy, extra, .. } = *self;
        self.cases.0.push(Case { group, peer, extra, policy, path, form, make });
    }
}

/// The answer that a plain reply stands for.
fn answer(reply: &Reply) -> Answer {
    match reply {
        Ok(_) => Answer::Success,
        Err(Sick::Down) => Answer::Failure,
        Err(Sick::Rejected) => Answer::Rejection,
    }
}
