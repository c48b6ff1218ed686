//! Ours, with `slow_call`: each call is timed, and hanging calls are counted.

use breakerbox::circuit_breaker;

use super::{ANNOTATED, Cases, answer};
use crate::case::{Group, Path, Policy};
use crate::subject::shared;
use crate::work::{Reply, ready, work, work_later};

/// A sync and an async function, and their cases.
macro_rules! guard {
    ($cases:ident, $policy:expr, $path:expr, $slow:literal, $name:literal, $($keys:tt)*) => {{
        const LATER: &str = concat!($name, "-later");

        #[circuit_breaker(name = $name, slow_call = $slow, $($keys)*)]
        fn guarded(task: u64) -> Reply {
            work(task)
        }

        #[circuit_breaker(name = LATER, slow_call = $slow, $($keys)*)]
        async fn guarded_later(task: u64) -> Reply {
            work_later(task).await
        }

        let extra = if $slow == COARSE { "slow_call" } else { concat!("slow_call ", $slow) };
        let mut row = $cases.grouped(Group::Slow, ANNOTATED, $policy, extra);
        row.sync($path, || shared(guarded, answer));
        row.later($path, || shared(|task| ready(guarded_later(task)), answer));
    }};
}

/// Long enough for the coarse clock.
const COARSE: &str = "10s";

pub(super) fn add(cases: &mut Cases) {
    use Path::{Failure, Rejection, Success};
    use Policy::{Threshold, TimeWindow};

    guard!(cases, Threshold, Success, "10s", "slow-success", threshold = 60_000);
    guard!(cases, Threshold, Failure, "10s", "slow-failure", threshold = 60_000);
    guard!(cases, Threshold, Rejection, "10s", "slow-rejection", threshold = 1, cooldown = "1h");
    guard!(cases, Threshold, Success, "250ms", "slow-precise", threshold = 60_000);
    guard!(
        cases,
        TimeWindow,
        Success,
        "10s",
        "slow-time-success",
        failure_rate = 0.99,
        window = "10s"
    );
    guard!(
        cases,
        TimeWindow,
        Failure,
        "10s",
        "slow-time-failure",
        failure_rate = 0.99,
        window = "10s"
    );
    let count_window = Policy::COUNT_WINDOW;
    guard!(
        cases,
        count_window,
        Success,
        "10s",
        "slow-count-success",
        failure_rate = 0.99,
        window = 100
    );
}
