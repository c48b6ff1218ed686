//! Ours, by the attribute.

use breakerbox::circuit_breaker;

use super::{ANNOTATED, Cases, answer};
use crate::case::{Path, Policy};
use crate::subject::shared;
use crate::work::{Reply, ready, work, work_later};

/// A sync and an async function, each with a breaker of its own.
macro_rules! guard {
    ($cases:ident, $policy:expr, $path:expr, $name:literal, $($keys:tt)*) => {{
        const LATER: &str = concat!($name, "-later");

        #[circuit_breaker(name = $name, cooldown = "1h", $($keys)*)]
        fn guarded(task: u64) -> Reply {
            work(task)
        }

        #[circuit_breaker(name = LATER, cooldown = "1h", $($keys)*)]
        async fn guarded_later(task: u64) -> Reply {
            work_later(task).await
        }

        let mut row = $cases.row(ANNOTATED, $policy);
        row.sync($path, || shared(guarded, answer));
        row.later($path, || shared(|task| ready(guarded_later(task)), answer));
    }};
}

/// The numbers are those of [`Path`]; the attribute needs literals.
pub(super) fn add(cases: &mut Cases) {
    use Path::{Failure, Rejection, Success};
    use Policy::{Threshold, TimeWindow};

    guard!(cases, Threshold, Success, "threshold-success", threshold = 60_000);
    guard!(cases, Threshold, Failure, "threshold-failure", threshold = 60_000);
    guard!(cases, Threshold, Rejection, "threshold-rejection", threshold = 1);

    guard!(cases, TimeWindow, Success, "time-success", failure_rate = 0.99, window = "10s");
    guard!(cases, TimeWindow, Failure, "time-failure", failure_rate = 0.99, window = "10s");
    guard!(
        cases,
        TimeWindow,
        Rejection,
        "time-rejection",
        failure_rate = 0.5,
        window = "10s",
        min_calls = 1
    );

    let count_window = Policy::COUNT_WINDOW;
    guard!(cases, count_window, Success, "count-success", failure_rate = 0.99, window = 100);
    guard!(cases, count_window, Failure, "count-failure", failure_rate = 0.99, window = 100);
    guard!(
        cases,
        count_window,
        Rejection,
        "count-rejection",
        failure_rate = 0.5,
        window = 100,
        min_calls = 1
    );
}
