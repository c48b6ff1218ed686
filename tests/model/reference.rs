//! The model: what the contract says, in the plainest words, for one thread.

use breakerbox::State;

use crate::End;

#[derive(Clone, Copy)]
pub(crate) struct Tuning {
    pub(crate) threshold: u16,
    pub(crate) cooldown: u64,
    pub(crate) probes: usize,
    pub(crate) success_threshold: u8,
    pub(crate) probe_timeout: u64,
}

impl Tuning {
    /// In the order of the annotated functions of [`crate::subject`].
    pub(crate) const ALL: [Tuning; 5] = [
        tuning(1, 10, 1, 1, 10),
        tuning(3, 7, 1, 2, 4),
        tuning(2, 5, 3, 2, 9),
        tuning(1, 4, 2, 5, 3),
        tuning(3, 6, 1, 1, 6),
    ];
}

const fn tuning(
    threshold: u16,
    cooldown: u64,
    probes: usize,
    success_threshold: u8,
    probe_timeout: u64,
) -> Tuning {
    Tuning { threshold, cooldown, probes, success_threshold, probe_timeout }
}

/// What both sides show after every step.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shown {
    pub(crate) state: State,
    pub(crate) episode: u64,
    pub(crate) failures: u16,
    pub(crate) in_flight: u8,
    pub(crate) successes: u8,
    pub(crate) rejections: u64,
    pub(crate) late: u64,
    pub(crate) remaining: Option<u64>,
    pub(crate) time_in_state: u64,
}

pub(crate) struct Permit {
    episode: u64,
    kind: Kind,
}

enum Kind {
    Recorded,
    Probe { number: u64 },
    Unrecorded,
}

pub(crate) struct Model {
    tuning: Tuning,
    now: u64,
    state: State,
    since: u64,
    episode: u64,
    failures: u16,
    /// Each probe that holds a slot: its number, and when it began.
    probes: Vec<(u64, u64)>,
    last_probe: u64,
    successes: u8,
    rejections: u64,
    late: u64,
}

impl Model {
    pub(crate) fn new(tuning: Tuning) -> Self {
        Model {
            tuning,
            now: 0,
            state: State::Closed,
            since: 0,
            episode: 0,
            failures: 0,
            probes: Vec::new(),
            last_probe: 0,
            successes: 0,
            rejections: 0,
            late: 0,
        }
    }

    pub(crate) fn advance(&mut self, ms: u64) {
        self.now += ms;
    }

    fn enter(&mut self, state: State) {
        self.state = state;
        self.since = self.now;
        self.episode += 1;
        self.failures = 0;
        self.probes.clear();
        self.successes = 0;
    }

    pub(crate) fn force_open(&mut self) {
        if self.state != State::Isolated {
            self.enter(State::Isolated);
        }
    }

    pub(crate) fn disable(&mut self) {
        if self.state != State::Disabled {
            self.enter(State::Disabled);
        }
    }

    pub(crate) fn reset(&mut self) {
        self.enter(State::Closed);
    }

    fn cooldown_is_over(&self) -> bool {
        self.now - self.since >= self.tuning.cooldown
    }

    fn lost(&self, since: u64) -> bool {
        self.now - since >= self.tuning.probe_timeout
    }

    pub(crate) fn is_call_permitted(&self) -> bool {
        match self.state {
            State::Open => self.cooldown_is_over(),
            State::HalfOpen => {
                self.probes.len() < self.tuning.probes
                    || self.probes.iter().any(|&(_, since)| self.lost(since))
            }
            State::Isolated => false,
            _ => true,
        }
    }

    pub(crate) fn start(&mut self) -> Option<Permit> {
        if !self.is_call_permitted() {
            self.rejections += 1;
            return None;
        }
        if self.state == State::Open {
            self.enter(State::HalfOpen);
        }
        let kind = match self.state {
            State::HalfOpen => {
                if self.probes.len() == self.tuning.probes {
                    // The oldest is lost.
                    self.probes.remove(0);
                }
                self.last_probe += 1;
                self.probes.push((self.last_probe, self.now));
                Kind::Probe { number: self.last_probe }
            }
            State::Disabled => Kind::Unrecorded,
            _ => Kind::Recorded,
        };
        Some(Permit { episode: self.episode, kind })
    }

    pub(crate) fn finish(&mut self, permit: &Permit, end: End) {
        let is_present = permit.episode == self.episode;
        match permit.kind {
            Kind::Unrecorded if is_present => {}
            Kind::Recorded if is_present => match end {
                End::Success => self.failures = 0,
                End::Failure | End::Panic => {
                    self.failures += 1;
                    if self.failures >= self.tuning.threshold {
                        self.enter(State::Open);
                    }
                }
                End::Ignored | End::Cancel => {}
            },
            // A probe that has lost its slot counts all the same.
            Kind::Probe { number } if is_present => {
                self.probes.retain(|&(held, _)| held != number);
                match end {
                    End::Success => {
                        self.successes += 1;
                        if self.successes >= self.tuning.success_threshold {
                            self.enter(State::Closed);
                        }
                    }
                    End::Failure | End::Panic => self.enter(State::Open),
                    End::Ignored | End::Cancel => {}
                }
            }
            _ => self.late += 1,
        }
    }

    pub(crate) fn show(&self) -> Shown {
        let in_flight = u8::try_from(self.probes.len()).unwrap();
        let open = self.state == State::Open;
        let elapsed = self.now - self.since;
        Shown {
            state: self.state,
            episode: self.episode,
            failures: self.failures,
            in_flight,
            successes: self.successes,
            rejections: self.rejections,
            late: self.late,
            remaining: open.then(|| self.tuning.cooldown.saturating_sub(elapsed)),
            time_in_state: elapsed,
        }
    }
}
