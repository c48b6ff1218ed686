//! The model: the contract of one breaker, in the plainest words, for one thread.
//!
//! If the contract leaves something open, such as how far beyond `slow_call` a call that hangs
//! is counted, the model [chooses](choices), and the test follows every choice that the breaker
//! may have made.

mod admission;
mod choices;
mod control;
mod cooldown;
mod settlement;
mod slow;
mod window;

use breakerbox::{EventKind, Reason, State};

use crate::tuning::{FOREVER, Tuning, Window};
pub(crate) use admission::Rejection;
pub(crate) use choices::every;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Closed,
    /// `until`: when the cooldown would end, had it opened.
    Observing {
        until: u64,
    },
    /// `began`: when the cooldown began. `held`: a control has set its end.
    Open {
        until: u64,
        began: u64,
        held: bool,
    },
    HalfOpen {
        successes: u8,
    },
    Isolated {
        handles: u32,
        by_hand: bool,
    },
    Disabled,
}

/// A call under way.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Call {
    id: usize,
    episode: u64,
    /// The beginning of the call, in nanoseconds.
    began: u64,
    /// The `slow_call` when it began; zero if there was none.
    timed: u64,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    Recorded,
    /// It has hung, and was counted while it did, with the others of its group.
    Counted {
        group: usize,
    },
    Probe {
        slot: Slot,
    },
    Unrecorded,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Slot {
    Held,
    /// Another probe has taken it. Any probe could, from `since` on.
    Lost {
        since: u64,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Told {
    pub(crate) episode: u64,
    pub(crate) kind: EventKind,
    pub(crate) remaining: Option<u64>,
}

/// The values that both sides show after every step.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shown {
    pub(crate) state: State,
    pub(crate) episode: u64,
    pub(crate) consecutive: u16,
    /// Calls, failures, slow calls.
    pub(crate) window: Option<[u64; 3]>,
    /// Of failures, of slow calls.
    pub(crate) rates: [Option<f64>; 2],
    pub(crate) in_flight: u8,
    pub(crate) successes: u8,
    pub(crate) rejections: u64,
    pub(crate) observed_rejections: u64,
    pub(crate) late: u64,
    pub(crate) cooldown: Option<u64>,
    pub(crate) remaining: Option<u64>,
    pub(crate) time_in_state: u64,
    pub(crate) openings: u16,
    pub(crate) is_call_permitted: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Model {
    tuning: Tuning,
    /// Nanoseconds on the clock.
    clock: u64,
    phase: Phase,
    /// The beginning of the phase, in milliseconds.
    since: u64,
    episode: u64,
    consecutive: u16,
    window: window::Calls,
    calls: Vec<Call>,
    /// For each group of calls that were counted while they hung, the numbers of their records.
    hung: Vec<Vec<u64>>,
    openings: u16,
    rejections: u64,
    observed_rejections: u64,
    late: u64,
    told: Vec<Told>,
    pub(crate) choices: choices::Choices,
}

impl Model {
    /// Makes a closed breaker, at that time of the clock.
    pub(crate) fn new(tuning: Tuning, clock: u64) -> Self {
        let mut model = Model {
            tuning,
            clock,
            phase: Phase::Closed,
            since: 0,
            episode: 0,
            consecutive: 0,
            window: window::Calls::default(),
            calls: Vec::new(),
            hung: Vec::new(),
            openings: 0,
            rejections: 0,
            observed_rejections: 0,
            late: 0,
            told: Vec::new(),
            choices: choices::Choices::default(),
        };
        model.since = model.now();
        model
    }

    pub(crate) fn advance(&mut self, nanos: u64) {
        self.clock = self.clock.saturating_add(nanos);
    }

    fn now(&self) -> u64 {
        tick(self.clock)
    }

    fn state(&self) -> State {
        match self.phase {
            Phase::Closed => State::Closed,
            Phase::Observing { .. } => State::Observing,
            Phase::Open { .. } => State::Open,
            Phase::HalfOpen { .. } => State::HalfOpen,
            Phase::Isolated { .. } => State::Isolated,
            Phase::Disabled => State::Disabled,
        }
    }

    /// Changes the state: one event, and the next episode, with nothing counted.
    fn enter(&mut self, phase: Phase, reason: Reason) {
        let from = self.state();
        self.openings = self.openings_after(matches!(phase, Phase::Open { .. }));
        self.phase = phase;
        self.episode += 1;
        self.since = self.now();
        self.consecutive = 0;
        self.hung.clear();
        if matches!(phase, Phase::Closed | Phase::Observing { .. }) {
            self.window.clear();
        }
        self.tell(EventKind::Transition { from, to: self.state(), reason });
    }

    /// Opens after a failure, or as if there had been one.
    fn open(&mut self, reason: Reason, hint: Option<u64>, held: bool) {
        let cooldown = self.cooldown(self.openings_after(true), hint);
        let began = self.now();
        self.enter(Phase::Open { until: cooldown::later(began, cooldown), began, held }, reason);
    }

    fn tell(&mut self, kind: EventKind) {
        let told = Told { episode: self.episode, kind, remaining: self.remaining() };
        self.told.push(told);
    }

    /// Returns what the registry's listeners have been told since the last call. They are also told
    /// of a breaker that has been removed, whose own listeners are gone.
    pub(crate) fn told(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.told)
    }

    fn remaining(&self) -> Option<u64> {
        match self.phase {
            Phase::Open { until: FOREVER, .. } => None,
            Phase::Open { until, .. } => Some(until.saturating_sub(self.now())),
            _ => None,
        }
    }

    /// The calls, failures and slow calls that are shown.
    fn sums(&self, window: Window) -> window::Sums {
        match self.phase {
            Phase::Closed | Phase::Observing { .. } => self.window.sums(window, self.now()),
            // As it was when it opened.
            Phase::Open { .. } => self.window.sums(window, self.since),
            _ => window::Sums::default(),
        }
    }

    fn in_flight(&self) -> impl Iterator<Item = &Call> {
        let is_one = |call: &&Call| {
            call.episode == self.episode && call.kind == Kind::Probe { slot: Slot::Held }
        };
        self.calls.iter().filter(is_one)
    }

    pub(crate) fn show(&self) -> Shown {
        let sums = self.tuning.window.map(|window| self.sums(window));
        let rate = |part: fn(window::Sums) -> u64| {
            sums.filter(|sums| sums.calls > 0 && sums.calls >= self.tuning.min_calls.into())
                .map(|sums| sums.share(part(sums)))
        };
        let rates = [rate(|sums| sums.failures), rate(|sums| sums.slow)];
        let mut window = sums.map(|sums| [sums.calls, sums.failures, sums.slow]);
        let mut successes = 0;
        if let Phase::HalfOpen { successes: so_far } = self.phase {
            successes = so_far;
            window = window.map(|_| [successes.into(), 0, 0]);
        }
        let cooldown = match self.phase {
            Phase::Open { until, began, .. } if until < FOREVER => Some(until - began),
            _ => None,
        };
        let counts_consecutive =
            self.tuning.threshold.is_some() || matches!(self.tuning.window, Some(Window::Calls(_)));
        Shown {
            state: self.state(),
            episode: self.episode,
            consecutive: if counts_consecutive { self.consecutive } else { 0 },
            window,
            rates,
            in_flight: u8::try_from(self.in_flight().count()).unwrap(),
            successes,
            rejections: self.rejections,
            observed_rejections: self.observed_rejections,
            late: self.late,
            cooldown,
            remaining: self.remaining(),
            time_in_state: self.now() - self.since,
            openings: self.openings_shown(),
            is_call_permitted: self.is_call_permitted(),
        }
    }
}

/// Returns a time in whole milliseconds. It stays below [`FOREVER`].
fn tick(nanos: u64) -> u64 {
    (nanos / 1_000_000).min(FOREVER - 1)
}
