//! Exact counts: each call is accounted for once, all being quiet.

mod ledger;
mod slow;
mod totals;

use crate::run::Run;

const PART: &str = "counts";

pub(crate) fn play(run: &Run) {
    for round in 0.. {
        if !run.goes_on() {
            break;
        }
        let mut worker = run.worker(round, 0);
        worker.tally.rounds += 1;
        match worker.rng.u8(..4) {
            0 => slow::play(run, round, &mut worker),
            1 => totals::play(run, round, &mut worker),
            2 => ledger::play(run, round, &mut worker),
            _ => ledger::play_one_trip(run, round, &mut worker),
        }
    }
}
