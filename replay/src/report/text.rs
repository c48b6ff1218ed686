//! The report for people.

use std::fmt::Write;

use super::figures::counted;
use super::{advice, log, table};
use crate::run::Outcome;

/// Returns the report. `shown` names the log; with `all`, no tuning is left out of the table.
pub(crate) fn report(outcome: &Outcome, shown: &str, all: bool) -> String {
    let mut text = String::new();
    log::write(&mut text, shown, outcome);
    let rows = &outcome.tunings;
    let unbeaten = rows.iter().filter(|row| row.is_unbeaten).count();
    let gain = if outcome.log.has_durations { "much waiting" } else { "many failing calls" };
    let _ = match rows.len() {
        1 => writeln!(text, "\nThe tuning"),
        number => writeln!(
            text,
            "\n{}. * marks the unbeaten, {unbeaten} in all: no other saves as {gain} and rejects as \
             few healthy calls",
            counted(number as u64, "tuning")
        ),
    };
    table::write(&mut text, rows, &outcome.log, all);
    text.push_str(&refused(outcome));
    if outcome.log.first.is_some() {
        text.push('\n');
        advice::write(&mut text, rows, &outcome.log);
        advice::limits(&mut text, rows, &outcome.log);
    }
    text
}

/// Returns the remarks that stand beside a report in JSON: bad lines and refused combinations.
pub(crate) fn remarks(outcome: &Outcome) -> String {
    let mut text = String::new();
    log::lines(&mut text, &outcome.bad);
    text.push_str(&refused(outcome));
    text
}

/// Names the combinations that break a rule.
fn refused(outcome: &Outcome) -> String {
    const SHOWN: usize = 5;
    let refused = &outcome.refused;
    if refused.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "  {} left out, which {} a rule:\n",
        counted(refused.len() as u64, "combination"),
        if refused.len() == 1 { "breaks" } else { "break" }
    );
    for line in refused.iter().take(SHOWN) {
        let _ = writeln!(text, "    {line}");
    }
    if refused.len() > SHOWN {
        let _ = writeln!(text, "    and {} more", refused.len() - SHOWN);
    }
    text
}
