//! Tests of one stripe, count by count.

use super::*;

const BUCKETS: u8 = 3;
const FAILED: CallRecord = CallRecord { failed: true, slow: false };

fn memory() -> Vec<Counters> {
    (0..rows(BUCKETS)).map(|_| counters()).collect()
}

fn stripe(rows: &[Counters], exclusive: bool) -> Stripe<'_> {
    Stripe { rows, buckets: BUCKETS.into(), exclusive }
}

/// Returns the calls and failures that are stored for a bucket, as they are.
fn stored(stripe: Stripe<'_>, number: u64) -> [u64; 2] {
    [CALLS, FAILURES].map(|kind| stripe.bucket(number)[kind].load(Ordering::Relaxed))
}

/// What is left of an old bucket would count again after a round of the numbers.
#[test]
fn counts_as_old_as_the_window_are_swept() {
    for exclusive in [true, false] {
        let memory = memory();
        let stripe = stripe(&memory, exclusive);
        let old = 5;
        stripe.record(old, FAILED);
        assert_ne!(stored(stripe, old), [0; 2]);
        stripe.record(old + u64::from(BUCKETS), FAILED);
        assert_eq!(stored(stripe, old), [0; 2], "exclusive: {exclusive}");
        assert_eq!(stripe.sums(8, 8), [1, 1, 0]);
    }
}

/// A thread whose clock trails by a bucket has counted in a shared stripe before the sweep.
#[test]
fn counts_younger_than_the_window_are_not_swept() {
    let memory = memory();
    let stripe = stripe(&memory, false);
    stripe.record(5, FAILED);
    let number = 20;
    for younger in [number - 2, number - 1] {
        record_by(|count| add(count, younger), stripe.bucket(younger), FAILED);
    }
    stripe.record(number, FAILED);
    assert_eq!(stripe.sums(number, number), [3, 3, 0]);
}
