//! Tests of `spare`, the number of further failures that cannot trip the breaker.

use super::*;

#[test]
fn failures_that_can_be_spared_do_not_trip_whatever_succeeds_meanwhile() {
    let rates = [0.001, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999, 1.0].map(Some);
    let mut granted = 0;
    for failure_rate in rates.into_iter().chain([None]) {
        for failure_count in [None, Some(1), Some(5), Some(40)] {
            for min_calls in [1, 10, 50] {
                let count_min = if min_calls == 50 { 50 } else { 0 };
                let rates =
                    Rates { failure_rate, failure_count, slow_rate: None, min_calls, count_min };
                for calls in 1..60 {
                    for failures in 0..=calls {
                        let totals = Totals { calls, failures, slow: 0 };
                        if reached(&rates, totals).is_some() {
                            continue;
                        }
                        let spare = spare(&rates, totals).min(2_000);
                        granted += spare.min(1);
                        // No success trips, but it may add the last call that the next failure
                        // needs to trip.
                        for more in [spare.div_ceil(2), spare].into_iter().filter(|more| *more > 0)
                        {
                            for passed in [0, 1, 3, 20] {
                                let later = Totals {
                                    calls: calls + more + passed,
                                    failures: failures + more,
                                    slow: 0,
                                };
                                let reason = reached(&rates, later);
                                assert_eq!(reason, None, "{rates:?} {totals:?} {later:?}");
                            }
                        }
                    }
                }
            }
        }
    }
    assert!(granted > 10_000, "{granted}");
}

#[test]
fn nothing_is_spared_beside_a_slow_rate() {
    let rates = Rates {
        failure_rate: None,
        failure_count: None,
        slow_rate: Some(0.5),
        min_calls: 10,
        count_min: 0,
    };
    assert_eq!(spare(&rates, Totals { calls: 9, failures: 0, slow: 9 }), 0);
}
