//! Lets a breaker leave its registry, and says when it may.

use crate::breaker::Breaker;
use crate::clock::Tick;
use crate::event::{Event, EventKind};
use crate::state::status::Phase;
use crate::state::step::Input;

impl Breaker {
    /// Returns whether a registry that needs room may let the breaker go: it is closed, half-open,
    /// or open with its cooldown over. Returns `false` if the program itself last set its state, or
    /// if calls would be rejected now.
    #[inline]
    pub(crate) fn is_expendable(&self, now: Tick) -> bool {
        let word = self.cell.load_relaxed();
        word.is_closed() || word.is_half_open() || word.open_until().is_some_and(|end| now >= end)
    }

    /// Returns whether failures or slow calls are counted, if the breaker is closed.
    pub(crate) fn has_failures_if_closed(&self) -> Option<bool> {
        let status = self.status();
        let Phase::Closed { failures } = status.phase else { return None };
        let in_window = || {
            self.sums(status, self.cell.since()).is_some_and(|sums| sums.failures + sums.slow > 0)
        };
        Some(failures > 0 || in_window())
    }

    /// Marks the breaker as removed from its registry, for good, and tells its listeners. Call
    /// sites that cache it look its name up again.
    pub(crate) fn leave_registry(&self) {
        self.control(Input::Detach);
        self.leave_link();
        let event =
            self.has_listeners().then(|| self.event(self.cell.status(), EventKind::Removed));
        if let Some(event) = event {
            let report = |event: &Event, facts| self.report_to_link(event, facts);
            self.cell.cold().outbox.publish_removal(event, self.registry_listeners(), report);
        }
    }

    /// Detaches a breaker by key from the calls that cache it, unless calls are under way. The
    /// caller keeps calls from looking it up in the registry meanwhile.
    pub(crate) fn detach_if_idle(&self) -> bool {
        let Some(seat) = self.seat() else { return true };
        self.control(Input::Detach);
        if seat.is_busy() {
            self.cell.attach();
            return false;
        }
        true
    }

    /// Attaches a breaker again after [`detach_if_idle`](Self::detach_if_idle).
    pub(crate) fn attach(&self) {
        if self.seat().is_some() {
            self.cell.attach();
        }
    }

    /// Returns true if the breaker has left its registry.
    pub(crate) fn is_detached(&self) -> bool {
        self.cell.load_relaxed().is_detached()
    }
}
