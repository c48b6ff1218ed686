//! Linked breakers, by the attribute: their questions to a link, the states that it may tell them,
//! and their reports. The link is a script of the test ([`script`]), or a record that several
//! registries share as processes would ([`processes`]).

mod anything;
mod counts;
mod global;
mod ids;
mod probes;
mod processes;
mod reports;
mod script;
mod streams;
mod together;
mod told;
mod trouble;

use std::sync::Arc;
use std::time::Duration;

use breaker_core::link::{Opening, Token};
use breakerbox::testing::Scope;
use breakerbox::{Breaker, Reason, State, circuit_breaker};
use script::Script;
use support::{COOLDOWN, Fault};

pub(crate) const SECOND: Duration = Duration::from_secs(1);

pub(crate) type Reply = support::Reply<()>;

pub(crate) const DOWN: Reply = Err(Fault::Down);
pub(crate) const UP: Reply = Ok(());

#[circuit_breaker(name = "svc", threshold = 3, cooldown = "10s")]
pub(crate) fn call(reply: Reply) -> Reply {
    reply
}

/// A registry of its own with a link that does as it is told.
pub(crate) struct Stage {
    pub(crate) scope: Scope,
    pub(crate) link: Arc<Script>,
}

impl Stage {
    pub(crate) fn enter() -> Self {
        let stage = Stage { scope: Scope::enter(), link: Arc::default() };
        stage.scope.registry().link(Arc::clone(&stage.link) as _).unwrap();
        stage
    }

    pub(crate) fn breaker(&self) -> Arc<Breaker> {
        self.scope.registry().get("svc").unwrap()
    }

    pub(crate) fn state(&self) -> State {
        self.breaker().state()
    }

    pub(crate) fn last_reason(&self) -> Reason {
        self.breaker().report().last_transition.unwrap().reason
    }

    /// Lets the breaker be made, closed.
    pub(crate) fn start(&self) {
        call(UP).unwrap();
        self.link.forget();
    }

    /// Trips the breaker and lets its cooldown pass.
    pub(crate) fn ripen(&self) {
        self.start();
        for _ in 0..3 {
            call(DOWN).unwrap_err();
        }
        assert_eq!(self.state(), State::Open);
        self.scope.advance(COOLDOWN);
        self.link.forget();
    }

    pub(crate) fn left(&self) -> Duration {
        self.breaker().snapshot().remaining_cooldown.unwrap()
    }
}

pub(crate) const fn token(epoch: u64) -> Token {
    Token { generation: 1, epoch }
}

/// A record that another process has opened, for so many seconds from now.
pub(crate) const fn opening(seconds: u64) -> Opening {
    let left = Duration::from_secs(seconds);
    Opening { left, openings: 1, began: token(4), own: false }
}

/// Returns how long a rejected caller is told to wait.
pub(crate) fn rejected(reply: Reply) -> Duration {
    match reply {
        Err(Fault::Rejected(error)) => error.retry_after().unwrap_or(Duration::MAX),
        other => panic!("{other:?} is no rejection"),
    }
}
