//! A link that leaves every breaker alone: what it is asked changes nothing.

use std::sync::Arc;
use std::time::Duration;

use breaker_core::link::{Id, Link, Report, Token};
use breakerbox::Registry;

pub(crate) struct Alone;

impl Alone {
    pub(crate) fn link(registry: &Registry) {
        registry.link(Arc::new(Alone)).expect("a registry without a link");
    }
}

impl Link for Alone {
    /// Every failure is asked about.
    fn counts(&self, _: &Id) -> bool {
        true
    }

    fn renew(&self, _: &Id, _: Token, _: Duration) -> bool {
        unreachable!("there is no lease");
    }

    fn back(&self, _: &Id, _: Token) {
        unreachable!("there is no lease");
    }

    fn event(&self, _: &Id, report: &Report<'_>) {
        assert!(report.token.is_none() && !report.known);
    }
}
