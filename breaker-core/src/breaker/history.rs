//! The history of a breaker: how often and why it has changed into each state, how long it has been
//! in each, and its present outage.
//!
//! The thread that makes a transition notes it here afterwards, whether or not anybody listens to
//! events. Threads may come here in another order than that of their transitions. Episodes have no
//! gaps, so a transition waits here until those before it have come.
//!
//! All time up to the moment `upto` has been given to states. A reading gives the time since `upto`
//! to the state of the last noted transition. If an earlier transition is noted after a reading,
//! the time that the reading gave to the old state stays there. So no sum ever falls, and all sums
//! together are the age of the breaker.
//!
//! A breaker without a cold state has no history, and is closed. A reader of such a breaker reads
//! the clock before it looks for the cold state. The first thread that uses a new history reads the
//! clock itself, and gives all time until then to the closed state. So this sum too is no less than
//! any reader was told.

use std::sync::{Mutex, MutexGuard, PoisonError};

use core::time::Duration;

use crate::breaker::totals::{Transitions, add_transitions};
use crate::clock::{Span, Tick};
use crate::event::Reason;
use crate::state::State;

/// The lock is the standard library's even in models: loom follows nothing that is done under it.
#[derive(Debug)]
pub(crate) struct History(Mutex<Kept>);

/// A transition, with the shown number of the episode that it began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Transition {
    pub(crate) episode: u64,
    pub(crate) from: State,
    pub(crate) to: State,
    pub(crate) reason: Reason,
    pub(crate) at: Tick,
}

/// An outage. It begins with a trip, and ends when the breaker has stayed closed for a whole base
/// cooldown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unwell {
    pub(crate) since: Tick,
    pub(crate) trips: u64,
}

/// The history up to a moment.
#[derive(Debug)]
pub(crate) struct Summary {
    pub(crate) upto: Tick,
    pub(crate) times: [Duration; State::ALL.len()],
    pub(crate) transitions: Vec<Transitions>,
    pub(crate) outage: Option<Unwell>,
    pub(crate) last: Option<Transition>,
    /// Failures of the first kind.
    pub(crate) errors: u64,
}

#[derive(Debug)]
struct Kept {
    upto: Tick,
    /// False until some thread has used the history.
    is_begun: bool,
    /// The state that the last transition has led to.
    state: State,
    /// The episode of the next transition.
    next: u64,
    /// Transitions that came before a transition of an earlier episode.
    early: Vec<Transition>,
    /// In milliseconds, by [`State::index`].
    times: [u64; State::ALL.len()],
    transitions: Vec<Transitions>,
    /// When the breaker closed, if it is closed.
    closed_since: Option<Tick>,
    outage: Option<Unwell>,
    last: Option<Transition>,
    /// The most errors that a reading has found.
    errors: u64,
}

impl History {
    /// Makes the history of a breaker that is closed since `since`.
    pub(crate) fn new(since: Tick) -> Self {
        History(Mutex::new(Kept::new(since)))
    }

    /// Starts anew, for another key of a seat.
    pub(crate) fn renew(&self, since: Tick) {
        *self.lock() = Kept::new(since);
    }

    /// Notes a transition. `cooldown`: the length of a cooldown that no back-off has multiplied.
    pub(crate) fn note(&self, transition: Transition, cooldown: Span, now: impl FnOnce() -> Tick) {
        let mut kept = self.lock();
        kept.begin(now);
        kept.early.push(transition);
        while let Some(at) = kept.early.iter().position(|early| early.episode <= kept.next) {
            let due = kept.early.swap_remove(at);
            kept.add(due, cooldown);
        }
    }

    /// Reads the history up to the present moment. `errors` sums up the errors; for an instant the
    /// sum may be too low.
    pub(crate) fn read(
        &self,
        cooldown: Span,
        now: impl Fn() -> Tick,
        errors: impl FnOnce() -> u64,
    ) -> Summary {
        let mut kept = self.lock();
        kept.errors = kept.errors.max(errors());
        kept.begin(&now);
        kept.pass(now());
        let upto = kept.upto;
        Summary {
            upto,
            times: kept.times.map(Duration::from_millis),
            transitions: kept.transitions.clone(),
            outage: kept.outage.filter(|_| !kept.is_well(upto, cooldown)),
            last: kept.last,
            errors: kept.errors,
        }
    }

    // No other code runs under the lock, so a poisoned one is whole.
    fn lock(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    fn new(since: Tick) -> Self {
        Kept {
            upto: since,
            is_begun: false,
            state: State::Closed,
            // Episode 0 exists from the start, without a transition.
            next: 1,
            early: Vec::new(),
            times: [0; State::ALL.len()],
            transitions: Vec::new(),
            closed_since: Some(since),
            outage: None,
            last: None,
            errors: 0,
        }
    }

    /// Gives all time until now to the first state, if no thread has used the history yet.
    fn begin(&mut self, now: impl FnOnce() -> Tick) {
        if !self.is_begun {
            self.is_begun = true;
            self.pass(now());
        }
    }

    /// Gives the time until `now` to the present state.
    fn pass(&mut self, now: Tick) {
        let upto = self.upto.max(now);
        self.times[self.state.index()] += upto.bits() - self.upto.bits();
        self.upto = upto;
    }

    fn add(&mut self, transition: Transition, cooldown: Span) {
        let Transition { episode, to, reason, at, .. } = transition;
        self.pass(at);
        self.next = episode + 1;
        self.state = to;
        add_transitions(&mut self.transitions, Transitions { to, reason, count: 1 });
        if self.is_well(at, cooldown) {
            self.outage = None;
        }
        if to == State::Open && reason.is_judgement() {
            let outage = self.outage.get_or_insert(Unwell { since: at, trips: 0 });
            outage.trips += 1;
        }
        // A reset of a closed breaker leaves it closed.
        let closed_since = self.closed_since.unwrap_or(at);
        self.closed_since = (to == State::Closed).then_some(closed_since);
        self.last = Some(transition);
    }

    /// Returns whether the breaker has stayed closed for a whole cooldown.
    fn is_well(&self, now: Tick, cooldown: Span) -> bool {
        self.closed_since.is_some_and(|since| now >= since.after(cooldown))
    }
}

#[cfg(test)]
mod tests {
    use super::{History, Span, Tick};

    #[test]
    fn reading_keeps_the_most_errors_that_one_has_found() {
        let at = || Tick::from_bits(0);
        let history = History::new(at());
        let read = |errors| history.read(Span::from_bits(0), at, || errors).errors;
        assert_eq!([5, 3, 6].map(read), [5, 5, 6]);
    }
}
