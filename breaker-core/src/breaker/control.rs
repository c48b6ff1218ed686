//! Steering a breaker by hand.

use core::fmt;
use core::time::Duration;
use std::sync::Arc;

use crate::breaker::Breaker;
use crate::breaker::breaker_ref::BreakerRef;
use crate::breaker::cell::{Changed, Mark};
use crate::breaker::transition;
use crate::breaker::tuning::{self, exclusive};
use crate::clock::Span;
use crate::config::Config;
use crate::event::Reason;
use crate::state::status::{Episode, Tracking};
use crate::state::step::{self, Effect};
use crate::sync::atomic::Ordering;
use crate::window::{Change, Layout};

impl Breaker {
    /// Rejects every call until [`reset`](Self::reset) or another manual control, whatever the
    /// cooldown. Calls that are under way end as late. If the breaker is already held open so,
    /// nothing happens.
    pub fn force_open(&self) {
        self.control(step::Input::ForceOpen);
    }

    /// Rejects every call while this handle or another one lives, unless a manual control ends it.
    /// When the last handle is dropped, the breaker closes with nothing counted.
    pub fn isolate(&self) -> Isolation<&Self> {
        Isolation::new(self)
    }

    /// Like [`isolate`](Self::isolate), with a handle that outlives the borrow.
    pub fn isolate_owned(self: &Arc<Self>) -> Isolation<Arc<Self>> {
        Isolation::new(Arc::clone(self))
    }

    /// Opens for the given time; then probes are let through as after any cooldown. If the breaker
    /// is open already, only the time that is left is replaced. That is no transition: the episode,
    /// the window and the time in state stay.
    pub fn open_for(&self, length: Duration) {
        let now = self.clock().stamp();
        let until = now.after(Span::new(length));
        self.cell.replace_deadline(now, until);
        self.control(step::Input::OpenUntil(until));
    }

    /// Opens as if the threshold had been reached, or a probe had failed.
    pub fn open(&self) {
        self.control(step::Input::Open);
    }

    /// Lets probes through, as if the cooldown were over.
    pub fn half_open(&self) {
        self.leave_alone();
        self.control(step::Input::HalfOpen);
    }

    /// Closes, with nothing counted. If the breaker is closed already, nothing happens.
    pub fn close(&self) {
        self.control(step::Input::Close);
    }

    /// Lets every call through and records nothing until [`reset`](Self::reset).
    pub fn disable(&self) {
        self.control(step::Input::Disable);
    }

    /// Lets every call through and records its outcome, and counts the calls that it would have
    /// rejected: those that come within a cooldown of a moment at which it would have tripped. So a
    /// breaker can be tried on live traffic. It lasts until [`reset`](Self::reset).
    pub fn observe(&self) {
        self.control(step::Input::Observe);
    }

    /// Closes the breaker, from any state, with nothing counted. Calls that are under way end as
    /// late. The counts of rejections and late outcomes stay.
    pub fn reset(&self) {
        self.control(step::Input::Reset);
    }

    /// Replaces the config and keeps state and counters. The consecutive failures stay, whatever
    /// counts them by the new config. If the kind or size of the window changes, a new window
    /// begins empty, even if the change is undone later; otherwise the window stays too. A cooldown
    /// that runs keeps its length.
    ///
    /// A call that ends meanwhile counts once: by the old config or by the new one.
    pub fn reconfigure(&self, config: Config) {
        let _one_at_a_time = exclusive();
        // The word is marked as recorded for as long as a window may count a call: a success that
        // finds it unmarked looks for failures in the word alone.
        let (before, after) = (self.tuning.tracking(), tuning::tracking(config));
        if after.recorded && !before.recorded {
            self.control(step::Input::Track(Tracking { recorded: true, ..before }));
        }
        let (before, after) = (self.tuning.layout(), tuning::layout(config));
        if before == after {
            self.replace_tuning(config);
        } else {
            self.change_window(before, after, config);
        }
        if let Some(cold) = self.cell.cold_if_made() {
            cold.leases.retime(self.tuning.probe_timeout());
        }
        self.time_if_heard();
    }

    /// Replaces the config and keeps the window, which judges by the new config from now on.
    fn replace_tuning(&self, config: Config) {
        match self.cell.cold_if_made() {
            Some(cold) => {
                let change = cold.windows.lock();
                self.tune(&change, config);
                change.end_tuning();
            }
            None => self.change_tuning(|tuning| tuning.replace(config)),
        }
    }

    /// Replaces the config. The consecutive failures that a window of time has counted move to the
    /// word.
    fn tune(&self, change: &Change<'_>, config: Config) {
        let episode = self.cell.status().episode;
        let replace = || self.change_tuning(|tuning| tuning.replace(config));
        let failures = change.tune(episode, replace);
        if failures > 0 {
            self.control(step::Input::AddFailures { episode, failures });
        }
    }

    /// Replaces the config and changes the window, or what it counts. The consecutive failures that
    /// the window counted move to the word; no thread counts any in the window meanwhile.
    fn change_window(&self, before: Option<Layout>, after: Option<Layout>, config: Config) {
        let mut change = self.cell.cold().windows.lock();
        let closed = change.close();
        if let Some(closed) = &closed {
            // The episode is read while the window is closed: failures of other episodes count
            // nothing.
            let episode = self.cell.status().episode;
            let failures = closed.consecutive_failures(episode);
            self.control(step::Input::AddFailures { episode, failures });
        }
        self.tune(&change, config);
        let shape = |layout: Option<Layout>| layout.map(|layout| layout.shape);
        match (closed, after) {
            (Some(closed), Some(after)) if shape(before) == Some(after.shape) => {
                closed.reopen(after.counts_consecutive);
            }
            _ => change.retire(),
        }
    }

    pub(crate) fn control(&self, input: step::Input) -> Effect {
        self.apply(input, None, Reason::Manual)
    }

    /// Applies the control of an override's switch, for a caller who holds a lock.
    /// [`Switched::announce`] tells listeners later, if it is a transition.
    pub(crate) fn switch(self: &Arc<Self>, input: step::Input) -> Option<Switched> {
        let changed = self.change_quietly(input);
        // Relaxed: the registry's lock guards every access.
        self.cell.cold().switched.store(changed.after.episode.0, Ordering::Relaxed);
        self.switched(changed, input)
    }

    /// Ends the state that [`switch`](Self::switch) has set. If another control has ended that
    /// state or set it again, leaves the breaker alone.
    pub(crate) fn withdraw_switch(self: &Arc<Self>) -> Option<Switched> {
        // Relaxed: the registry's lock guards every access.
        let episode = self.cell.cold_if_made()?.switched.load(Ordering::Relaxed);
        let input = step::Input::Withdraw(Episode(episode));
        self.switched(self.change_quietly(input), input)
    }

    /// Applies a control that opens for no given time. No listener is told.
    fn change_quietly(&self, input: step::Input) -> Changed<Effect> {
        self.change(input, None, || self.clock().stamp())
    }

    fn switched(
        self: &Arc<Self>,
        changed: Changed<Effect>,
        input: step::Input,
    ) -> Option<Switched> {
        let is_transition = changed.before.episode != changed.after.episode;
        is_transition.then(|| Switched { breaker: Arc::clone(self), changed, input })
    }
}

/// A transition that listeners have yet to be told of.
#[must_use = "listeners wait for it, and for all later ones"]
pub(crate) struct Switched {
    breaker: Arc<Breaker>,
    changed: Changed<Effect>,
    input: step::Input,
}

impl Switched {
    /// Tells listeners. The caller holds no lock.
    pub(crate) fn announce(self) {
        let reason = transition::reason(self.input, &self.changed, Reason::Manual);
        self.breaker.notify_transition(&self.changed, reason);
    }
}

impl fmt::Debug for Switched {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Switched").field("breaker", self.breaker.name()).finish_non_exhaustive()
    }
}

/// Holds a breaker open until dropped, from [`Breaker::isolate`]. Handles are
/// counted, up to 32767 of them.
#[must_use = "the breaker is released when this is dropped"]
pub struct Isolation<B: BreakerRef> {
    breaker: B,
    episode: Episode,
}

impl<B: BreakerRef> Isolation<B> {
    fn new(breaker: B) -> Self {
        let changed = {
            let breaker: &Breaker = &breaker;
            let limits = breaker.tuning.limits();
            let isolate = |status| {
                let never = |_| crate::clock::Tick::NEVER;
                step::step(status, step::Input::Isolate, limits, never)
            };
            let now = || breaker.clock().stamp();
            let changed =
                breaker.cell.update(now, |status| breaker.grows(status, now), Mark::None, isolate);
            breaker.notify_transition(&changed, Reason::Manual);
            changed
        };
        Isolation { breaker, episode: changed.after.episode }
    }
}

impl<B: BreakerRef> Drop for Isolation<B> {
    fn drop(&mut self) {
        self.breaker.control(step::Input::Release(self.episode));
    }
}

impl<B: BreakerRef> fmt::Debug for Isolation<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Isolation").field("breaker", self.breaker.name()).finish_non_exhaustive()
    }
}
