//! Replaces `stall` without the feature `tokio`, which has the timer: bodies then have no limit.

use std::convert::Infallible;
use std::task::{Context, Poll};
use std::time::Duration;

use breaker_core::{Breaker, Outcome, Verdict};

use crate::layer::BoxError;
use crate::permit::AnyPermit;
use crate::watch::Watched;

/// No value of this type exists.
#[derive(Debug)]
pub(super) struct Stall(Infallible);

impl Stall {
    pub(super) fn new(_: Watched, _: &AnyPermit) -> Option<Self> {
        None
    }

    pub(super) fn end_wait(&mut self) -> Duration {
        match self.0 {}
    }

    pub(super) fn poll_over(&mut self, _: &mut Context<'_>, _: &Breaker) -> Poll<BoxError> {
        match self.0 {}
    }
}

/// Is never called.
pub(super) fn timed_out() -> Verdict {
    Outcome::Failure.into()
}
