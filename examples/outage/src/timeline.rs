//! The breaker's changes over time: watched, printed, and kept for the picture.

use std::io;
use std::ops::Range;
use std::time::Duration;

use breakerbox::{EventKind, Registry, State, Subscription};
use stage::output::say;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, interval_at};

use crate::script::Script;

/// The interval between progress lines.
const PROGRESS: Duration = Duration::from_secs(1);

/// The breaker's states from the start of the script on.
#[derive(Debug)]
pub(crate) struct Timeline {
    script: Script,
    /// The states with the times they began.
    states: Vec<(Duration, State)>,
    rejections: u64,
    events: UnboundedReceiver<(Duration, EventKind)>,
    _subscription: Subscription,
}

impl Timeline {
    const BEGINNING: (Duration, State) = (Duration::ZERO, State::Closed);

    pub(crate) fn new(script: Script) -> Self {
        let (sender, events) = unbounded_channel();
        let subscription = Registry::global().on_event(move |event| {
            // The receiver is gone at the end of the program.
            let _ = sender.send((script.now(), event.kind));
        });
        let states = vec![Self::BEGINNING];
        Self { script, states, rejections: 0, events, _subscription: subscription }
    }

    /// Watches until writing fails. Once a second, prints `progress`.
    pub(crate) async fn watch(&mut self, progress: impl Fn() -> String) -> io::Error {
        let mut seconds = interval_at(Instant::now() + PROGRESS, PROGRESS);
        loop {
            let told = tokio::select! {
                Some((at, event)) = self.events.recv() => self.take(at, event),
                _ = seconds.tick() => self.tell(self.script.now(), &self.summary(&progress())),
            };
            if let Err(error) = told {
                return error;
            }
        }
    }

    /// Prints the events that are not printed yet.
    pub(crate) fn catch_up(&mut self) -> io::Result<()> {
        while let Ok((at, event)) = self.events.try_recv() {
            self.take(at, event)?;
        }
        Ok(())
    }

    fn take(&mut self, at: Duration, event: EventKind) -> io::Result<()> {
        match event {
            EventKind::Transition { from, to, reason } => {
                self.states.push((at, to));
                self.tell(at, &format!("breaker {from} -> {to} ({reason})"))
            }
            EventKind::Rejected { .. } => {
                self.rejections += 1;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn latest(&self) -> (Duration, State) {
        self.states.last().copied().unwrap_or(Self::BEGINNING)
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
