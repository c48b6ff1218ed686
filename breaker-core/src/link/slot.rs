//! A [`LinkSlot`] holds a registry's link, and calls it for the core.

use core::fmt;
use core::time::Duration;
use std::sync::{Arc, OnceLock};

use super::{Link, Probe, Report, Sharing, Tally, Terms, Token, Told};
use crate::breaker::Breaker;
use crate::event::listeners::catch_panic;
use crate::link::Id;

/// The place of a registry's link, which is set at most once.
pub(crate) struct LinkSlot(OnceLock<Linking>);

/// A link in use, with the methods of the link. None of them panics.
pub(crate) struct Linking(Arc<dyn Link>);

/// The error of [`Registry::link`](crate::Registry::link): the registry has a link already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Linked;

impl fmt::Display for Linked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the registry is linked already; join once, before the first call")
    }
}

impl std::error::Error for Linked {}

impl LinkSlot {
    pub(crate) const fn new() -> Self {
        LinkSlot(OnceLock::new())
    }

    #[inline]
    pub(crate) fn get(&self) -> Option<&Linking> {
        self.0.get()
    }

    /// Sets the link, unless there is one.
    pub(crate) fn set(&self, link: Arc<dyn Link>) -> Result<&Linking, Linked> {
        self.0.set(Linking(link)).map_err(|_| Linked)?;
        self.0.get().ok_or(Linked)
    }
}

impl Linking {
    /// Asks the link, and returns `without` if it panics.
    fn ask<T>(&self, without: T, ask: impl FnOnce(&dyn Link) -> T) -> T {
        let mut answer = without;
        catch_panic(|| answer = ask(&*self.0));
        answer
    }

    pub(crate) fn attach(&self, breaker: &Arc<Breaker>, id: &Id) -> Told {
        self.ask(Told::Nothing, |link| link.attach(breaker, id))
    }

    pub(crate) fn detach(&self, breaker: &Breaker, id: &Id) {
        self.ask((), |link| link.detach(breaker, id));
    }

    pub(crate) fn counts(&self, id: &Id) -> bool {
        self.ask(false, |link| link.counts(id))
    }

    pub(crate) fn failed(&self, id: &Id, row: u16, terms: &Terms) -> Tally {
        self.ask(Tally::Alone, |link| link.failed(id, row, terms))
    }

    pub(crate) fn recovered(&self, id: &Id) {
        self.ask((), |link| link.recovered(id));
    }

    pub(crate) fn due(&self, id: &Id, lease: Duration) -> Probe {
        self.ask(Probe::Alone, |link| link.due(id, lease))
    }

    pub(crate) fn renew(&self, id: &Id, token: Token, lease: Duration) -> bool {
        self.ask(true, |link| link.renew(id, token, lease))
    }

    pub(crate) fn back(&self, id: &Id, token: Token) {
        self.ask((), |link| link.back(id, token));
    }

    pub(crate) fn event(&self, id: &Id, report: &Report<'_>) {
        self.ask((), |link| link.event(id, report));
    }

    pub(crate) fn sharing(&self, id: &Id) -> Option<Sharing> {
        self.ask(None, |link| link.sharing(id))
    }
}

impl fmt::Debug for LinkSlot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LinkSlot").field(&self.0.get().is_some()).finish()
    }
}
