//! The marks of axes.

use std::ops::Range;

use crate::value::SECOND;

/// Returns the marks of an axis of time in nanoseconds: about `count`, in whole units.
pub(super) fn of_time(ends: Range<u64>, count: u64) -> impl Iterator<Item = u64> {
    const STEPS: [u64; 16] =
        [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 10_800, 21_600, 43_200];
    const DAY: u64 = 86_400 * SECOND;
    let least = ((ends.end - ends.start) / count).max(1);
    let step = match least {
        ..=SECOND => round(least),
        _ => match STEPS.iter().map(|step| step * SECOND).find(|step| *step >= least) {
            Some(step) => step,
            None => DAY * round(least.div_ceil(DAY)),
        },
    };
    marks(ends, step)
}

/// Returns the marks of an axis of counts: about `count` of them.
pub(super) fn of_counts(ends: Range<u64>, count: u64) -> impl Iterator<Item = u64> {
    let step = round(((ends.end - ends.start) / count).max(1));
    marks(ends, step)
}

/// Returns the marks of an axis of counts from 0, of which the last is `most` or above it: the end
/// of the axis.
pub(super) fn up_to(most: u64, count: u64) -> (u64, impl Iterator<Item = u64>) {
    let step = round((most / count).max(1));
    let end = most.div_ceil(step).saturating_mul(step);
    (end, marks(0..end, step))
}

/// The multiples of `step` between the ends, and at them.
fn marks(ends: Range<u64>, step: u64) -> impl Iterator<Item = u64> {
    (ends.start.div_ceil(step)..=ends.end / step).map(move |number| number * step)
}

/// Returns the next number of the form 1, 2 or 5 times a power of ten.
fn round(least: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        for factor in [1, 2, 5] {
            let number = power.saturating_mul(factor);
            if number >= least {
                return number;
            }
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(length: u64) -> Vec<u64> {
        of_time(0..length * SECOND, 8).map(|at| at / SECOND).collect()
    }

    #[test]
    fn marks_of_time_are_whole_units() {
        assert_eq!(seconds(60), [0, 10, 20, 30, 40, 50, 60]);
        assert_eq!(seconds(7_200), [0, 900, 1_800, 2_700, 3_600, 4_500, 5_400, 6_300, 7_200]);
        assert_eq!(seconds(86_400 * 30)[1], 86_400 * 5);
        let marks: Vec<_> = of_time(0..1_000, 4).collect();
        assert_eq!(marks, [0, 500, 1_000]);
    }

    #[test]
    fn marks_of_counts_are_round() {
        assert_eq!(of_counts(0..7, 4).collect::<Vec<_>>(), [0, 1, 2, 3, 4, 5, 6, 7]);
        assert_eq!(of_counts(0..1_300, 4).collect::<Vec<_>>(), [0, 500, 1_000]);
        assert_eq!(of_counts(95..131, 4).collect::<Vec<_>>(), [100, 110, 120, 130]);
        assert_eq!(of_counts(0..0, 4).collect::<Vec<_>>(), [0]);
        assert_eq!(of_counts(0..u64::MAX, 4).count(), 4);
    }

    #[test]
    fn axis_ends_at_a_mark() {
        for (most, end, number) in [(1, 1, 2), (7, 7, 8), (9, 10, 6), (13, 15, 4), (21, 25, 6)] {
            let (found, marks) = up_to(most, 4);
            let marks: Vec<_> = marks.collect();
            assert_eq!((found, marks.len(), marks.last()), (end, number, Some(&end)), "{most}");
        }
    }
}
