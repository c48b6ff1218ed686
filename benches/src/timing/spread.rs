//! Quartiles.

/// The quartiles of the samples that count.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) quarter: f64,
    pub(crate) median: f64,
    pub(crate) three_quarters: f64,
}

impl Spread {
    /// `None` without samples.
    pub(super) fn of(mut samples: Vec<f64>) -> Option<Self> {
        samples.sort_by(f64::total_cmp);
        let at = |quarters: usize| {
            // The mean of the two nearest samples, if the place is between two.
            let place = quarters * samples.len().checked_sub(1)?;
            let (low, rest) = (place / 4, place % 4);
            let high = (low + 1).min(samples.len() - 1);
            let part = [0.0, 0.25, 0.5, 0.75][rest];
            Some(samples[low] * (1.0 - part) + samples[high] * part)
        };
        Some(Spread { quarter: at(1)?, median: at(2)?, three_quarters: at(3)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spread_of_five_is_the_second_third_and_fourth() {
        let spread = Spread::of(vec![5.0, 1.0, 4.0, 2.0, 3.0]);
        assert_eq!(spread, Some(Spread { quarter: 2.0, median: 3.0, three_quarters: 4.0 }));
    }

    #[test]
    fn spread_of_four_lies_between() {
        let spread = Spread::of(vec![1.0, 2.0, 3.0, 4.0]);
        assert_eq!(spread, Some(Spread { quarter: 1.75, median: 2.5, three_quarters: 3.25 }));
    }

    #[test]
    fn spread_of_nothing_is_none() {
        assert_eq!(Spread::of(Vec::new()), None);
    }
}
