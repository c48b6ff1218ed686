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

/// Returns the calls and failures that are stored for a bucket, unchecked.
fn stored(stripe: Stripe<'_>, number: u64) -> [u64; 2] {
    [CALLS, FAILURES].map(|kind| stripe.bucket(number)[kind].load(Ordering::Relaxed))
}

/// A count left in an old bucket would count again after a round of the numbers.
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
    for number in [20, 1 << 31] {
        let memory = memory();
        let stripe = stripe(&memory, false);
        stripe.record(number - 15, FAILED);
        for younger in [number - 2, number - 1] {
            record_by(|count| add(count, younger), stripe.bucket(younger), FAILED);
        }
        stripe.record(number, FAILED);
        assert_eq!(stripe.sums(number, number), [3, 3, 0]);
    }
}

/// Some records are overtaken, some failures are added to another stripe's calls, and some buckets
/// and whole windows are left out. A reader in the latest bucket finds the past in the head.
#[test]
fn stripe_equals_a_plain_list_of_records_and_failures() {
    for (seed, exclusive) in (0..200_u64).flat_map(|seed| [(seed, true), (seed, false)]) {
        let memory = memory();
        let stripe = stripe(&memory, exclusive);
        let mut noise = seed;
        let mut below = |bound: u64| {
            noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(2 * seed + 1);
            (noise >> 33) % bound
        };
        // The numbers wrap within the history.
        let mut number = (1 << 32) - 30 + below(20);
        let mut list: Vec<(u64, [u64; KINDS])> = Vec::new();
        for step in 0..100 {
            let of = number - below(u64::from(BUCKETS)) * below(2);
            match below(20) {
                0 => number += below(10),
                1 if step % 10 == 0 => number += (1 << 32) - 2 + below(4),
                1..6 => number += 1,
                6..8 => {
                    stripe.add_failure(of);
                    list.push((of, [0, 1, 0]));
                }
                _ => {
                    let record = CallRecord { failed: below(2) == 0, slow: below(3) == 0 };
                    stripe.record(of, record);
                    list.push((of, [1, record.failed.into(), record.slow.into()]));
                }
            }
            let wanted = |number: u64| {
                let mut sums = [0; KINDS];
                for (_, part) in list.iter().filter(|(of, _)| of + u64::from(BUCKETS) > number) {
                    sums.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
                }
                sums
            };
            let latest = latest(&memory[0]);
            let what = format!("seed {seed}, step {step}, latest {latest}, exclusive: {exclusive}");
            for number in [latest, latest + 1, number.max(latest)] {
                assert_eq!(stripe.sums(number, latest), wanted(number), "{what}, as of {number}");
            }
            if exclusive && latest > 0 {
                assert_eq!(stripe.cached_sums(latest), Some(wanted(latest)), "{what}");
            }
        }
    }
}

/// Returns a word with that count in that bucket.
fn word(number: u64, count: u64) -> u64 {
    number << COUNT_BITS | count
}

#[test]
fn full_count_stays_and_so_does_that_of_a_later_bucket() {
    for found in [word(9, COUNT_MASK), word(10, 1), word(8 + HORIZON, 1)] {
        let count = AtomicU64::new(found);
        for add in [add, add_exclusive] {
            add(&count, 9);
            assert_eq!(count.load(Ordering::Relaxed), found);
        }
    }
    for found in [word(8, 5), word(9 + HORIZON, 5), word(10, 0), 0] {
        for add in [add, add_exclusive] {
            let count = AtomicU64::new(found);
            add(&count, 9);
            assert_eq!(count.load(Ordering::Relaxed), word(9, 1), "{found:x}");
        }
    }
}

#[test]
fn bucket_without_a_call_begins_unless_a_later_one_has() {
    for (found, begins, after) in [
        (word(8, 5), true, word(9, 0)),
        (0, true, word(9, 0)),
        (word(9, 5), true, word(9, 5)),
        (word(9 + HORIZON, 5), true, word(9, 0)),
        (word(10, 5), false, word(10, 5)),
    ] {
        let count = AtomicU64::new(found);
        assert_eq!(begin_empty(&count, 9), begins, "{found:x}");
        assert_eq!(count.load(Ordering::Relaxed), after, "{found:x}");
    }
}

/// Otherwise its number would wrap around, and it would count again.
#[test]
fn failure_of_an_old_bucket_goes_with_a_call_that_takes_its_place() {
    let memory = memory();
    let stripe = stripe(&memory, true);
    let passed = CallRecord { failed: false, ..FAILED };
    stripe.record(5, FAILED);
    (6..9).for_each(|number| stripe.record(number, passed));
    let places = stripe.ring().len() as u64;
    stripe.record(5 + places, passed);
    assert_eq!(stored(stripe, 5), [word(5 + places, 1), 0]);
}

/// The past of a bucket has 32 bits.
#[test]
fn past_that_is_too_large_for_the_head_is_scanned() {
    let memory = memory();
    let stripe = stripe(&memory, true);
    for (number, count) in [(8, COUNT_MASK), (9, 2)] {
        stripe.record(number, FAILED);
        stripe.bucket(number)[CALLS].store(word(number, count), Ordering::Relaxed);
    }
    stripe.record(10, FAILED);
    assert_eq!(stripe.cached_sums(10), None);
    assert_eq!(stripe.sums(10, 10), [COUNT_MASK + 3, 3, 0]);
}

/// After a round of the numbers a count looks as if it were new.
#[test]
fn count_of_a_round_ago_is_swept_though_it_looks_fresh() {
    let memory = memory();
    let stripe = stripe(&memory, false);
    stripe.record(5, FAILED);
    stripe.record((1 << 32) + 6, FAILED);
    assert_eq!(stored(stripe, 5), [0; 2]);
    assert_eq!(stripe.sums((1 << 32) + 6, (1 << 32) + 6), [1, 1, 0]);
}
