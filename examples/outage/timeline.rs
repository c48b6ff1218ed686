//! What the breaker does, and when: watched, printed, and kept for the picture.

use std::io::{self, Write};
use std::ops::Range;
use std::time::Duration;

use breakerbox::{Registry, State};
use tokio::time::{MissedTickBehavior, interval};

use crate::script::Script;

/// How often the breaker is looked at.
const GLANCE: Duration = Duration::from_millis(1);

/// The breaker's states from the start of the script on.
#[derive(Debug)]
pub(crate) struct Timeline {
    script: Script,
    /// The states with the times they began; never empty.
    states: Vec<(Duration, State)>,
    episode: u64,
    glanced: Duration,
}

impl Timeline {
    pub(crate) fn new(script: Script) -> Self {
        Self {
            script,
            states: vec![(Duration::ZERO, State::Closed)],
            episode: 0,
            glanced: Duration::ZERO,
        }
    }

    /// Watches until writing fails. Once a second, `progress` has its say.
    pub(crate) async fn watch(&mut self, progress: impl Fn() -> String) -> io::Error {
        let mut glances = interval(GLANCE);
        glances.set_missed_tick_behavior(MissedTickBehavior::Skip);
        let mut next = Duration::from_secs(1);
        loop {
            glances.tick().await;
            let mut told = self.glance();
            if told.is_ok() && self.glanced >= next {
                next += Duration::from_secs(1);
                told = self.tell(self.glanced, &progress());
            }
            if let Err(error) = told {
                return error;
            }
        }
    }

    /// Looks at the breaker once and tells of changes.
    pub(crate) fn glance(&mut self) -> io::Result<()> {
        let earlier = std::mem::replace(&mut self.glanced, self.script.now());
        // The registry has it from the first call on.
        let Some(breaker) = Registry::global().get("llm") else {
            return Ok(());
        };
        let seen = breaker.snapshot();
        let since = self.glanced.saturating_sub(seen.time_in_state);
        if seen.episode == self.episode + 2 {
            self.change(earlier.min(since), between(self.state(), seen.state))?;
        }
        if seen.episode > self.episode {
            self.change(since, seen.state)?;
            self.episode = seen.episode;
        }
        Ok(())
    }

    fn state(&self) -> State {
        // It is never empty, see `new`.
        self.states
            .last()
            .map_or(State::Closed, |(_, state)| *state)
    }

    fn change(&mut self, at: Duration, to: State) -> io::Result<()> {
        let from = self.state();
        self.states.push((at, to));
        self.tell(at, &format!("breaker {from} -> {to}"))
    }

    fn tell(&self, at: Duration, what: &str) -> io::Result<()> {
        let (seconds, phase) = (at.as_secs_f64(), self.script.phase_at(at));
        writeln!(io::stdout(), "{seconds:7.3} s  service {phase:<10}  {what}")
    }

    /// The states with the times they held.
    pub(crate) fn spans(&self) -> impl Iterator<Item = (State, Range<Duration>)> {
        let ends = self
            .states
            .iter()
            .skip(1)
            .map(|(at, _)| *at)
            .chain([self.script.length()]);
        self.states
            .iter()
            .zip(ends)
            .map(|((from, state), until)| (*state, *from..until))
    }
}

/// The state that was passed through between two glances. A probe may fail
/// faster than anyone can look; the episodes tell that it has been there.
fn between(from: State, to: State) -> State {
    match (from, to) {
        (State::Open, _) => State::HalfOpen,
        (State::HalfOpen, State::Open) => State::Closed,
        _ => State::Open,
    }
}
