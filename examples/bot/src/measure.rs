//! A run in numbers.

use std::ops::Range;
use std::time::Duration;

use hdrhistogram::{CreationError, Histogram};

use crate::crowd::{Turn, Worth};
use crate::run::Run;
use crate::scenario::Script;

/// The numbers of one run.
#[derive(Debug)]
pub struct Figures {
    /// The turns that ended while the service was well.
    pub healthy: Turns,
    /// The turns that ended during the sickness.
    pub sick: Turns,
    /// The sick turns that began at least [`SETTLING`] into the sickness.
    pub settled: Turns,
    /// The longest time without an answer while the service was sick.
    pub silence: Duration,
    /// Requests that the sick service received.
    pub received_sick: usize,
    /// Time from the end of the sickness to the first of a row of turns, as many as users, all real
    /// and about as fast as before. `None` without such a row.
    pub recovery: Option<Duration>,
    /// The longest stall of the bot's event loop.
    pub stall: Duration,
    /// The longest stall of an otherwise idle thread.
    pub stall_of_control: Duration,
    /// Facts queued for the Cat at the end.
    pub owed: usize,
}

/// Time for the breakers to trip and for the hung calls to time out.
pub const SETTLING: Duration = Duration::from_secs(1);
/// Cap on the recorded latency of a turn, in microseconds.
const LONGEST: u64 = 600_000_000;
/// A turn of up to this many healthy p99s is about as fast as before.
const ABOUT: u32 = 2;

impl Figures {
    /// Measures a run.
    ///
    /// # Errors
    /// None in practice: the histogram's bounds are constants.
    pub fn new(script: Script, users: u32, run: &Run) -> Result<Self, CreationError> {
        let (well, sick) = (script.healthy(), script.sick());
        let settled = |turn: &&Turn| turn.start >= sick.start + SETTLING && turn.end() < sick.end;
        let healthy = Turns::new(ended(run, &well), &well)?;
        let usual = healthy.latency_at(0.99);
        let recovery = usual.and_then(|usual| recovery(run, users, sick.end, usual * ABOUT));
        Ok(Self {
            sick: Turns::new(ended(run, &sick), &sick)?,
            settled: Turns::new(run.turns.iter().filter(settled), &sick)?,
            silence: silence(run, &sick),
            received_sick: run.received.iter().filter(|at| sick.contains(at)).count(),
            recovery,
            stall: run.pulse.longest_stall(),
            stall_of_control: run.control.longest_stall(),
            owed: run.owed,
            healthy,
        })
    }
}

fn ended<'r>(run: &'r Run, span: &Range<Duration>) -> impl Iterator<Item = &'r Turn> {
    run.turns.iter().filter(|turn| span.contains(&turn.end()))
}

fn silence(run: &Run, span: &Range<Duration>) -> Duration {
    let answers = ended(run, span).filter(|turn| turn.worth != Worth::Error).map(Turn::end);
    let mut last = span.start;
    let gaps = answers.chain([span.end]).map(|at| at.abs_diff(std::mem::replace(&mut last, at)));
    gaps.max().unwrap_or_default()
}

fn recovery(run: &Run, users: u32, back: Duration, limit: Duration) -> Option<Duration> {
    let later: Vec<_> = run.turns.iter().filter(|turn| turn.end() >= back).collect();
    let normal = |turn: &&Turn| turn.worth == Worth::Real && turn.latency <= limit;
    let row = later.windows(usize::try_from(users).ok()?).find(|row| row.iter().all(normal))?;
    row.first()?.end().checked_sub(back)
}

/// Turns in numbers.
#[derive(Debug)]
pub struct Turns {
    /// Answers to which all services contributed.
    pub real: usize,
    /// Answers by fallbacks, or without memory.
    pub makeshift: usize,
    /// Turns without an answer.
    pub errors: usize,
    span: Duration,
    /// In microseconds.
    latency: Histogram<u64>,
}

impl Turns {
    fn new<'r>(
        turns: impl Iterator<Item = &'r Turn>,
        span: &Range<Duration>,
    ) -> Result<Self, CreationError> {
        let latency = Histogram::new_with_bounds(1, LONGEST, 3)?;
        let span = span.end.abs_diff(span.start);
        let mut all = Self { real: 0, makeshift: 0, errors: 0, span, latency };
        for turn in turns {
            match turn.worth {
                Worth::Real => all.real += 1,
                Worth::Makeshift => all.makeshift += 1,
                Worth::Error => all.errors += 1,
            }
            let latency = u64::try_from(turn.latency.as_micros()).unwrap_or(LONGEST);
            all.latency.saturating_record(latency);
        }
        Ok(all)
    }

    /// Counts the answers of any worth.
    #[must_use]
    pub fn answers(&self) -> usize {
        self.real + self.makeshift
    }

    /// Returns the answers per second.
    #[must_use]
    pub fn rate(&self) -> f64 {
        let answers = u32::try_from(self.answers()).unwrap_or(u32::MAX);
        f64::from(answers) / self.span.as_secs_f64()
    }

    /// Returns the latency at that quantile; `None` if there were no turns.
    #[must_use]
    pub fn latency_at(&self, quantile: f64) -> Option<Duration> {
        let latency = Duration::from_micros(self.latency.value_at_quantile(quantile));
        (!self.latency.is_empty()).then_some(latency)
    }
}
