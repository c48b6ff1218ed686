//! Whether each case does what its name says, without timing anything.

use std::thread;

use crate::case::{Case, Unexpected};
use crate::subject::{Subject, Tally};

const CALLS: u64 = 1_000;

pub(crate) fn check(cases: &[Case]) -> Result<(), Unexpected> {
    for case in cases {
        let subject = case.prepare()?;
        case.check(tally(&*subject, case))?;
        // On two threads too: a peer that deadlocks must not do so while timed.
        let (one, other) = thread::scope(|scope| {
            let other = scope.spawn(|| tally(&*subject, case));
            (tally(&*subject, case), other.join())
        });
        case.check(one)?;
        if let Ok(other) = other {
            case.check(other)?;
        }
    }
    Ok(())
}

fn tally(subject: &dyn Subject, case: &Case) -> Tally {
    subject.tally(CALLS, case.path.mask())
}
