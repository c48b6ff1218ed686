//! The number of witnesses that open a record.

/// Returns how many domains have to trip if so many are live: a tenth of them, at least two and at
/// most ten. A single live domain is enough.
pub(crate) fn quorum(live: u16) -> u16 {
    if live <= 1 { 1 } else { live.div_ceil(10).clamp(2, 10) }
}

#[cfg(test)]
mod tests {
    use super::quorum;

    #[test]
    fn quorum_is_a_tenth_at_least_two_and_at_most_ten() {
        let wanted =
            [(0, 1), (1, 1), (2, 2), (3, 2), (20, 2), (21, 3), (50, 5), (100, 10), (500, 10)];
        for (live, wanted) in wanted {
            assert_eq!(quorum(live), wanted, "{live} domains");
        }
    }
}
