//! The state that the link and the pump share: the brain, the time, and a bell.

use std::sync::{Arc, Mutex, MutexGuard};

use breaker_core::link::Told;
use breaker_core::{Breaker, FailureKind, State};

use crate::brain::{Brain, Change, Command, Moment, Said, Setup, Tell, Word};

/// The clock. The link reads it too, on threads of callers.
pub(crate) type Now = Box<dyn Fn() -> Moment + Send + Sync>;

/// Wakes the pump. Must not wait, and must not lock what is locked while [`Shared::tell`] or
/// [`Shared::work`] is called.
pub(crate) type Bell = Box<dyn Fn() + Send + Sync>;

/// The brain, as the link and the pump share it.
pub(crate) struct Shared {
    brain: Mutex<Brain>,
    now: Now,
    bell: Bell,
    /// The process that joined.
    process: u32,
}

/// Work for the pump.
#[derive(Debug, Default)]
pub(crate) struct Work {
    /// For the store.
    pub(crate) commands: Vec<Command>,
    /// For the log.
    pub(crate) changes: Vec<Change>,
    /// When [`Shared::work`] is to be called again, though nothing has happened. A past moment
    /// means at once.
    pub(crate) wake: Option<Moment>,
}

impl Shared {
    /// Makes the state for this process.
    #[cfg(test)]
    pub(crate) fn new(setup: Setup, now: Now, bell: Bell) -> Arc<Self> {
        Self::of_process(std::process::id(), setup, now, bell)
    }

    /// Makes the state for the process that joins.
    pub(crate) fn of_process(process: u32, setup: Setup, now: Now, bell: Bell) -> Arc<Self> {
        let brain = Mutex::new(Brain::new(setup));
        Arc::new(Shared { brain, now, bell, process })
    }

    /// Returns whether this process was forked from the one that joined. A child has no pump, and a
    /// lock that another thread held stays locked there: the child takes none, and its breakers are
    /// alone.
    pub(crate) fn is_of_child(&self) -> bool {
        self.process != std::process::id()
    }

    pub(crate) fn now(&self) -> Moment {
        (self.now)()
    }

    /// Brings the brain something, or asks it, at this moment. Does not ring.
    pub(crate) fn tell<T>(&self, tell: impl FnOnce(&mut Brain, Moment) -> T) -> T {
        let mut brain = self.brain();
        let now = self.now();
        tell(&mut brain, now)
    }

    /// Brings the brain something from a breaker, and rings if there is work then.
    pub(crate) fn tell_and_ring<T>(&self, tell: impl FnOnce(&mut Brain, Moment) -> T) -> T {
        let (told, has_work) = self.tell(|brain, now| {
            let before = brain.next_wake();
            let told = tell(brain, now);
            let is_sooner = brain.next_wake().is_some_and(|next| before.is_none_or(|it| next < it));
            (told, brain.has_work() || is_sooner)
        });
        if has_work {
            (self.bell)();
        }
        told
    }

    /// Does everything whose moment has come, tells breakers, and returns the rest of the work. For
    /// the pump alone, so that breakers are told one thing after the other.
    pub(crate) fn work(&self) -> Work {
        loop {
            let tells = self.tell(|brain, now| {
                brain.wake(now);
                let tells = brain.take_tells();
                if tells.is_empty() {
                    let commands = brain.take_commands(now);
                    let changes = brain.take_changes();
                    return Err(Work { commands, changes, wake: brain.next_wake() });
                }
                Ok(tells)
            });
            match tells {
                Ok(tells) => tells.into_iter().for_each(|tell| self.say(&tell)),
                Err(work) => return work,
            }
        }
    }

    /// Tells a breaker something, and brings the brain its answer.
    fn say(&self, tell: &Tell) {
        let Some(breaker) = tell.breaker.upgrade() else { return };
        match tell.word {
            Word::Told(told) => breaker.told(told),
            Word::Read(reading) => {
                let said = ask(&breaker);
                self.tell(|brain, now| brain.said(now, &tell.place, reading, said));
            }
            Word::Suspect => {
                let (failures, errors) = counted(&breaker);
                breaker.told(Told::Suspect);
                let is_new = !is_suspicious(&breaker, failures);
                let counted = (failures, errors);
                self.tell(|brain, now| brain.suspected(now, &tell.place, counted, is_new));
            }
            Word::Acquit { before, errors } => {
                let (failures, errors_now) = counted(&breaker);
                let is_closed = breaker.state() == State::Closed;
                if is_closed && is_suspicious(&breaker, failures) && errors_now == errors {
                    breaker.told(Told::Failures(before));
                }
            }
        }
    }

    fn brain(&self) -> MutexGuard<'_, Brain> {
        self.brain.lock().unwrap_or_else(|poisoned| {
            // A panic has left the brain half changed.
            let mut brain = poisoned.into_inner();
            brain.give_up((self.now)());
            self.brain.clear_poison();
            brain
        })
    }
}

fn ask(breaker: &Breaker) -> Said {
    let config = breaker.config();
    Said {
        rejections: breaker.totals().rejections,
        state: breaker.state(),
        cooldown: config.cooldown(),
        probe_timeout: config.probe_timeout(),
    }
}

/// Returns the failures in a row, and all that have been counted.
fn counted(breaker: &Breaker) -> (u16, u64) {
    let totals = breaker.totals();
    let errors = FailureKind::ALL.iter().map(|kind| totals.failures(*kind)).sum();
    (breaker.snapshot().consecutive_failures, errors)
}

/// Returns whether the next failure after so many in a row opens the breaker.
fn is_suspicious(breaker: &Breaker, failures: u16) -> bool {
    breaker.config().threshold().is_some_and(|threshold| failures.saturating_add(1) >= threshold)
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::time::Duration;

    use breaker_core::Config;
    use breaker_core::link::Probe;

    use super::*;
    use crate::brain::Mode;
    use crate::store::Place;

    #[test]
    fn brain_that_has_panicked_leaves_breakers_alone() {
        let setup = Setup { domain: "eu-1".into(), quorum: None, spread: None, seed: 1 };
        let shared = Shared::new(setup, Box::new(Moment::default), Box::new(|| ()));
        let (place, breaker) = (Place::from("3:svc"), Arc::new(Breaker::new("svc", Config::new())));
        let second = Duration::from_secs(1);
        shared.tell(|brain, now| brain.attach(now, &place, &breaker, second));
        let panics = catch_unwind(AssertUnwindSafe(|| shared.tell(|_, _| panic!("a defect"))));
        assert!(panics.is_err());
        let why = || {
            shared.tell(|brain, _| match brain.mode() {
                Mode::Alone(_, why) => why.to_string(),
                mode => format!("{mode:?}"),
            })
        };
        assert_eq!(why(), "a panic in breaker-fleet");
        assert_eq!(shared.work().changes, [Change::Alone { why: why().into() }]);
        assert_eq!(shared.tell(|brain, now| brain.due(now, &place, second)), Probe::Alone);
        shared.tell(|brain, now| {
            brain.attach(now, &place, &breaker, second);
            brain.connected(now);
            brain.lost(now, "the server has closed the connection");
        });
        assert_eq!(why(), "a panic in breaker-fleet", "it stays alone");
        assert_eq!(shared.work().wake, None);
    }
}
