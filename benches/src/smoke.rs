//! Checks that each case does what its name says, without timing anything.

use std::panic::resume_unwind;
use std::thread;

use crate::case::{Case, Unexpected};
use crate::peer;
use crate::subject::{Subject, Tally};

const CALLS: u64 = 1_000;

pub(crate) fn check(cases: &[Case]) -> Result<(), Unexpected> {
    for case in cases {
        let subject = case.prepare()?;
        case.check(tally(&*subject, case))?;
        // The cases run on two threads too, so that a peer's deadlock shows here and not while
        // timed.
        let tallies = thread::scope(|scope| {
            let threads = [(); 2].map(|()| scope.spawn(|| tally(&*subject, case)));
            threads.map(thread::ScopedJoinHandle::join)
        });
        for tally in tallies {
            match tally {
                Ok(tally) => case.check(tally)?,
                Err(panic) if peer::is_ours(case.peer) => resume_unwind(panic),
                // A layer of a peer asks for tokio's timer when its lock is taken, and there is no
                // runtime.
                Err(_) => {}
            }
        }
    }
    Ok(())
}

fn tally(subject: &dyn Subject, case: &Case) -> Tally {
    subject.tally(CALLS, case.path.mask())
}
