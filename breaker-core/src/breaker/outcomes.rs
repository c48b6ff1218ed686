//! Tells listeners of the outcome of each call.
//!
//! A call through a closed breaker is settled by a comparison, which can notify nobody. So while
//! somebody listens, the breaker times its calls, as for a `slow_call`: its word is tracked, and
//! each call has a ticket with its beginning. No other code looks for listeners. After the last has
//! gone, the next call that ends stops the timing.

use core::time::Duration;
use std::sync::Arc;

use crate::breaker::Breaker;
use crate::breaker::ticket::Admitted;
use crate::breaker::tuning::exclusive;
use crate::event::outbox::{is_notifying, notifying};
use crate::event::outcome::CallOutcome;
use crate::event::subscription::Subscription;
use crate::outcome::{Outcome, Verdict};
use crate::state::status::Phase;
use crate::state::step::Input;

impl Breaker {
    /// Calls `listener` with the outcome and the duration of every call that ends from now on,
    /// until the subscription is dropped: for a histogram of latencies, say. A rejected call is not
    /// made and has no outcome; [`on_event`](Self::on_event) reports it.
    ///
    /// While somebody listens, each call reads the clock twice; otherwise this costs nothing. A
    /// call that is under way when the first listener subscribes is reported without a duration, or
    /// not at all.
    ///
    /// The listener is called on the thread of the call, at its end, with no lock held: it may call
    /// the breaker, subscribe and unsubscribe. It does not hear of calls that it makes itself, nor
    /// of calls inside a probe, which belong to the probe. If it panics, the panic is caught, and
    /// everything else goes on.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use breaker_core::{Breaker, Config, Outcome};
    ///
    /// let breaker = Arc::new(Breaker::new("db", Config::new()));
    /// let seen = Arc::new(Mutex::new(Vec::new()));
    /// let log = Arc::clone(&seen);
    /// let subscription = breaker.on_outcome(move |call| {
    ///     log.lock().unwrap().push((call.outcome, call.duration.is_some()));
    /// });
    /// breaker.try_acquire().unwrap().failure();
    /// drop(subscription);
    /// breaker.try_acquire().unwrap().success();
    /// assert_eq!(*seen.lock().unwrap(), [(Outcome::Failure, true)]);
    /// ```
    pub fn on_outcome(
        self: &Arc<Self>,
        listener: impl Fn(&CallOutcome) + Send + Sync + 'static,
    ) -> Subscription {
        let subscription = Subscription::to_outcomes(self, listener);
        self.time_for_listeners();
        subscription
    }

    /// Times the calls if somebody listens to outcomes, and stops if nobody does.
    pub(crate) fn time_for_listeners(&self) {
        let _one_at_a_time = exclusive();
        self.time_if_heard();
    }

    /// Like [`time_for_listeners`](Self::time_for_listeners), for a caller that has the lock of
    /// all tunings.
    pub(crate) fn time_if_heard(&self) {
        let is_heard = self.is_heard();
        self.change_tuning(|tuning| tuning.time_calls(is_heard));
        self.apply(Input::Track(self.tuning.tracking()), None, crate::event::Reason::Manual);
    }

    /// Returns whether somebody listens to outcomes.
    pub(crate) fn is_heard(&self) -> bool {
        self.shared().is_some_and(|shared| !shared.outcomes.is_empty())
            || self.cell.cold_if_made().is_some_and(|cold| !cold.outcomes.is_empty())
    }

    /// Notifies the listeners of a call that has ended. `counted` is false if it was late.
    #[cold]
    #[inline(never)]
    pub(crate) fn tell_outcome(
        &self,
        admitted: &Admitted,
        verdict: Verdict,
        slow: bool,
        counted: bool,
    ) {
        if !self.is_heard() {
            if self.tuning.is_timed_for_listeners() {
                self.time_for_listeners();
            }
            return;
        }
        if is_notifying() {
            return;
        }
        let ignored = verdict.outcome == Outcome::Ignored && !slow;
        let is_disabled = self.cell.status().phase == Phase::Disabled;
        let name = self.current_name();
        let call = CallOutcome {
            family: name.family().clone(),
            key: name.key().cloned(),
            name,
            episode: self.shown_episode(admitted.episode),
            outcome: verdict.outcome,
            duration: admitted.began.map(|began| Duration::from_nanos(self.nanos_since(began))),
            slow,
            cancelled: verdict.is_cancelled(),
            probe: admitted.lease.is_some(),
            counted: counted && !ignored && !is_disabled,
        };
        notifying(|| {
            self.cell.cold().outcomes.notify_of_call(&call);
            if let Some(shared) = self.shared() {
                shared.outcomes.notify_of_call(&call);
            }
        });
    }
}
