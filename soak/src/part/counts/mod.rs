//! Exact counts: each call is counted once, while all is quiet.

mod ledger;
mod slow;
mod totals;

use crate::run::Run;

const PART: &str = "counts";

pub(crate) fn play(run: &Run) {
    run.rounds(|round, worker| match worker.rng.u8(..4) {
        0 => slow::play(run, round, worker),
        1 => totals::play(run, round, worker),
        2 => ledger::play(run, round, worker),
        _ => ledger::play_one_trip(run, round, worker),
    });
}
