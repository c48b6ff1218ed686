//! Plays calls through breakers: `sequence` makes one sequence of starts and ends, which is the
//! same for all tunings; `batch` hands it to `worker` threads; `tuning` has the breakers of one
//! tuning and its `tally`; `lane` counts over time.

pub(crate) mod batch;
pub(crate) mod lane;
pub(crate) mod sequence;
pub(crate) mod tally;
pub(crate) mod tuning;
pub(crate) mod worker;

use breaker_core::Outcome;

/// The start or the end of a call.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    /// The moment in nanoseconds since the first start.
    pub(crate) at: u64,
    /// The length of the call in nanoseconds.
    pub(crate) duration: u64,
    /// The number of the call's key.
    pub(crate) key: u32,
    /// From low to high: the outcome, two bits; whether it is the end, one bit; the call's place
    /// among the calls that are out at once.
    packed: u32,
}

/// The most calls that may be out at once.
pub(crate) const MOST_OUT: u32 = 1 << 29;

const END: u32 = 4;

impl Event {
    /// Makes an event of the call at `place`, which is below [`MOST_OUT`].
    fn new(
        at: u64,
        duration: u64,
        key: u32,
        (place, is_end): (u32, bool),
        outcome: Outcome,
    ) -> Self {
        let packed = place << 3 | if is_end { END } else { 0 } | outcome as u32;
        Self { at, duration, key, packed }
    }

    pub(crate) fn outcome(self) -> Outcome {
        outcome(self.packed & 3)
    }

    pub(crate) fn is_end(self) -> bool {
        self.packed & END != 0
    }

    /// The call's place among the calls that are out at once.
    pub(crate) fn place(self) -> usize {
        (self.packed >> 3) as usize
    }
}

/// Returns the outcome of a number, which is the outcome as that number.
fn outcome(number: u32) -> Outcome {
    match number {
        0 => Outcome::Success,
        1 => Outcome::Failure,
        _ => Outcome::Ignored,
    }
}

const _: () = assert!(Outcome::Success as u32 == 0 && Outcome::Failure as u32 == 1);
