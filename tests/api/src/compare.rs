//! The lines that only one of two lists has.

use std::collections::BTreeMap;

/// Returns the lines that went, each behind `-`, and those that came, behind `+`, in the order of
/// the alphabet. The order of the lists does not matter, but the number of equal lines does.
pub(crate) fn difference<'a>(
    old: impl Iterator<Item = &'a str>,
    new: impl Iterator<Item = &'a str>,
) -> Vec<String> {
    let mut counts: BTreeMap<&str, isize> = BTreeMap::new();
    new.for_each(|line| *counts.entry(line).or_default() += 1);
    old.for_each(|line| *counts.entry(line).or_default() -= 1);
    counts
        .into_iter()
        .flat_map(|(line, count)| {
            let sign = if count < 0 { '-' } else { '+' };
            std::iter::repeat_n(format!("  {sign} {line}"), count.unsigned_abs())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_in_another_order_are_equal() {
        assert!(difference("b\na\nb".lines(), "a\nb\nb".lines()).is_empty());
    }

    #[test]
    fn line_that_went_came_or_is_there_twice_is_shown() {
        let changes = difference("a\nb\nc".lines(), "b\nb\nd".lines());
        assert_eq!(changes, ["  - a", "  + b", "  - c", "  + d"]);
    }
}
