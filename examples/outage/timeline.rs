//! What the breaker does, and when: watched, printed, and kept for the picture.

use std::fmt;
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
    /// The states with the times they began.
    states: Vec<(Duration, State)>,
    episode: u64,
    rejections: u64,
    glanced: Duration,
}

impl Timeline {
    const BEGINNING: (Duration, State) = (Duration::ZERO, State::Closed);

    pub(crate) fn new(script: Script) -> Self {
        Self {
            script,
            states: vec![Self::BEGINNING],
            episode: 0,
            rejections: 0,
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
                told = self.tell(self.glanced, &self.summary(&progress()));
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
        self.rejections = seen.rejections;
        let since = self.glanced.saturating_sub(seen.time_in_state);
        if seen.episode == self.episode + 2 {
            self.change(earlier.min(since), between(self.latest().1, seen.state))?;
        }
        if seen.episode > self.episode {
            self.change(since, seen.state)?;
            self.episode = seen.episode;
        }
        Ok(())
    }

    fn latest(&self) -> (Duration, State) {
        self.states.last().copied().unwrap_or(Self::BEGINNING)
    }

    fn change(&mut self, at: Duration, to: State) -> io::Result<()> {
        let (since, from) = self.latest();
        // The breaker's clock is coarser than the script's.
        let at = at.max(since);
        self.states.push((at, to));
        self.tell(at, &format!("breaker {from} -> {to}"))
    }

    fn summary(&self, progress: &str) -> String {
        let (_, state) = self.latest();
        format!("breaker {state}, {} rejected; {progress}", self.rejections)
    }

    fn tell(&self, at: Duration, what: &str) -> io::Result<()> {
        let (seconds, phase) = (at.as_secs_f64(), self.script.phase_at(at));
        say(format_args!("{seconds:7.3} s  service {phase:<10}  {what}"))
    }

    /// The states with the times they held.
    pub(crate) fn spans(&self) -> impl Iterator<Item = (State, Range<Duration>)> {
        let ends = self.states.iter().skip(1).map(|(at, _)| *at).chain([self.script.length()]);
        self.states.iter().zip(ends).map(|((from, state), until)| (*state, *from..until))
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

/// Prints a line. Unlike `println!` it does not panic when nobody reads it.
pub(crate) fn say(line: fmt::Arguments<'_>) -> io::Result<()> {
    writeln!(io::stdout(), "{line}").map_err(|error| {
        io::Error::new(error.kind(), format!("cannot write to standard output: {error}"))
    })
}
