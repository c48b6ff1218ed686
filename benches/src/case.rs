//! One measurement: a peer, the policy by which it may trip, and the path of a call.

use std::fmt;
use std::time::{Duration, Instant};

use crate::subject::{Subject, Tally};

/// The policy by which the breaker may trip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Policy {
    /// There is no breaker, or none that trips by itself.
    None,
    /// Failures in a row.
    Threshold,
    /// The share of failures in 10 s.
    TimeWindow,
    /// The share of failures in this number of last calls.
    CountWindow(u32),
}

/// The path of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Path {
    Success,
    /// A failure, with a success every now and then, see [`Path::mask`].
    Failure,
    Rejection,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Sync,
    Async,
}

/// The table that shows a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Group {
    /// All peers, by policy and path.
    Compared,
    /// The call that the README shows for an LLM.
    Llm,
    /// Breakers by key.
    Keys,
    /// Calls with `slow_call`.
    Slow,
    /// Layers around a tower service.
    Layers,
    /// A registry with many breakers.
    Registry,
    /// Other uses of our breaker.
    Special,
}

/// A fresh subject.
pub(crate) type Make = Box<dyn Fn() -> Box<dyn Subject> + Send + Sync>;

pub(crate) struct Case {
    pub(crate) group: Group,
    pub(crate) peer: &'static str,
    /// The addition to the case, if there is one.
    pub(crate) extra: &'static str,
    pub(crate) policy: Policy,
    pub(crate) path: Path,
    pub(crate) form: Form,
    pub(crate) make: Make,
}

/// A breaker could not be brought to reject, or rejected unexpectedly.
#[derive(Debug)]
pub(crate) struct Unexpected {
    case: String,
    tally: Tally,
}

impl Policy {
    /// The one window size at which peers are compared.
    pub(crate) const COUNT_WINDOW: Policy = Policy::CountWindow(100);
}

pub(crate) const WINDOW: Duration = Duration::from_secs(10);
/// Longer than any run.
pub(crate) const COOLDOWN: Duration = Duration::from_hours(1);

impl Path {
    pub(crate) const ALL: [Path; 3] = [Path::Success, Path::Failure, Path::Rejection];

    /// A call succeeds if its number, counted from zero, has no bit of this mask set. In closed
    /// failure that is one call in 16: even with two threads no breaker sees 31 failures in a row,
    /// nor 99 in a hundred, and none trips.
    pub(crate) fn mask(self) -> u64 {
        match self {
            Path::Success => 0,
            Path::Failure => 15,
            Path::Rejection => u64::MAX,
        }
    }

    /// The failures in a row that trip: out of reach, or the first one.
    pub(crate) fn threshold(self) -> u16 {
        if self == Path::Rejection { 1 } else { 60_000 }
    }

    /// The share of failures that trips: one that is never reached, or half. (Seatbelt refuses a
    /// share of one.)
    pub(crate) fn rate(self) -> f32 {
        if self == Path::Rejection { 0.5 } else { 0.99 }
    }

    /// Calls in a window before its rate is judged.
    pub(crate) fn min_calls(self) -> u32 {
        if self == Path::Rejection { 1 } else { 10 }
    }
}

impl Case {
    pub(crate) fn id(&self) -> String {
        case_id(self.peer, self.policy, self.path, self.form, self.extra)
    }

    /// Returns the subject in the state that the path needs.
    pub(crate) fn prepare(&self) -> Result<Box<dyn Subject>, Unexpected> {
        let subject = (self.make)();
        if self.path != Path::Rejection {
            if let Policy::CountWindow(calls) = self.policy {
                // A window that fills up during the measurement would differ each time.
                subject.run(calls.into(), Path::Success.mask());
            }
            return Ok(subject);
        }
        // A window of time may have to pass first.
        let deadline = Instant::now() + Duration::from_secs(20);
        loop {
            let tally = subject.tally(256, Path::Rejection.mask());
            if tally.rejections == 256 {
                return Ok(subject);
            }
            if Instant::now() > deadline {
                return Err(Unexpected { case: self.id(), tally });
            }
        }
    }

    /// Checks that calls take the path of the case.
    pub(crate) fn check(&self, tally: Tally) -> Result<(), Unexpected> {
        let calls = tally.successes + tally.failures + tally.rejections;
        let successes = calls.div_ceil(self.path.mask().saturating_add(1));
        let expected = match self.path {
            Path::Rejection => Tally { rejections: calls, ..Tally::default() },
            _ => Tally { successes, failures: calls - successes, rejections: 0 },
        };
        if tally == expected { Ok(()) } else { Err(Unexpected { case: self.id(), tally }) }
    }
}

pub(crate) fn case_id(peer: &str, policy: Policy, path: Path, form: Form, extra: &str) -> String {
    let extra = if extra.is_empty() { String::new() } else { format!("/{extra}") };
    format!("{peer}/{policy}/{path}/{form}{extra}").replace(' ', "-")
}

/// Runs a prepared subject. This is the measured part of the program, and a function of its own so
/// that callgrind finds it.
#[inline(never)]
pub(crate) fn measured(subject: &dyn Subject, path: Path, calls: u64) {
    subject.run(calls, path.mask());
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Policy::None => f.write_str("none"),
            Policy::Threshold => f.write_str("threshold"),
            Policy::TimeWindow => f.write_str("time window"),
            Policy::CountWindow(calls) => write!(f, "count window {calls}"),
        }
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Path::Success => "success",
            Path::Failure => "failure",
            Path::Rejection => "rejection",
        })
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Form::Sync => "sync",
            Form::Async => "async",
        })
    }
}

impl fmt::Display for Unexpected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { successes, failures, rejections } = self.tally;
        let case = &self.case;
        write!(
            f,
            "`{case}` does not do what its name says: \
             {successes} calls succeeded, {failures} failed, {rejections} were rejected"
        )
    }
}

impl std::error::Error for Unexpected {}
