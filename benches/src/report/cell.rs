//! Figures as the cells of tables.

use crate::findings::{Findings, Measure};

/// The cell without a figure.
pub(super) const NONE: &str = "";

/// Median and quartiles.
pub(super) fn time(findings: &Findings, id: &str, measure: Measure) -> String {
    match findings.get(id, measure) {
        Some([quarter, median, three_quarters]) => {
            let [quarter, median, three_quarters] = [*quarter, *median, *three_quarters].map(nanos);
            if quarter == three_quarters {
                return median;
            }
            format!("{median} ({quarter} to {three_quarters})")
        }
        _ => NONE.to_owned(),
    }
}

/// The ratio to the bare call.
pub(super) fn ratio(findings: &Findings, id: &str, bare: &str) -> String {
    let time = |id| findings.value(id, Measure::OneThread);
    match (time(id), time(bare)) {
        (Some(time), Some(bare)) => nanos(time / bare),
        _ => NONE.to_owned(),
    }
}

pub(super) fn count(findings: &Findings, id: &str, measure: Measure) -> String {
    findings.value(id, measure).map_or(NONE.to_owned(), whole)
}

/// The value with three significant digits.
pub(super) fn nanos(value: f64) -> String {
    let digits = match value {
        _ if value < 10.0 => 2,
        _ if value < 100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$}")
}

/// The value, with one decimal if it is not whole.
pub(super) fn whole(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_has_three_digits() {
        assert_eq!([1.336, 45.57, 128.9].map(nanos), ["1.34", "45.6", "129"]);
    }

    #[test]
    fn count_that_is_whole_has_no_decimal() {
        assert_eq!([42.0, 506.19, 0.04].map(whole), ["42", "506.2", "0"]);
    }
}
