//! The best tunings in words, to be pasted, and the limits of what a replay tells.

use std::fmt::Write;

use super::figures::{count, counted, length, share};
use super::table::healthy;
use crate::play::sequence::Log;
use crate::run::Row;

/// The most tunings that are described.
const MOST: usize = 6;

/// Limits that hold for each log and tuning.
const ALWAYS: [&str; 3] = [
    "Each key has one breaker, which sees all its calls. If the log is of several processes with a \
     breaker each, make the process part of the key.",
    "It knows outcomes as the log tells them: a mistake of the caller that is no failure to your \
     service, and `retry_after`, `trip` and `jitter`, are not in it.",
    "The past is one sample. A tuning that fits it to the last call may fit the next outage worse \
     than one beside it.",
];

/// Describes the unbeaten tunings, the mildest first.
pub(super) fn write(text: &mut String, rows: &[Row], log: &Log) {
    let mut best: Vec<&Row> = rows.iter().filter(|row| row.is_unbeaten).collect();
    best.sort_by_key(|row| row.tally.lost_calls);
    // Of tunings that did the same, the first one speaks for all.
    best.dedup_by_key(|row| (row.tally.lost_calls, row.tally.saved(log.has_durations)));
    for row in best.iter().take(MOST) {
        describe(text, row, log);
    }
    if best.len() > MOST {
        let more = counted((best.len() - MOST) as u64, "unbeaten tuning");
        let _ = writeln!(text, "({more} more: they reject still more healthy calls.)\n");
    }
}

fn describe(text: &mut String, row: &Row, log: &Log) {
    let tally = &row.tally;
    let _ = writeln!(text, "With {}:", row.tuning.flags());
    if tally.trips == 0 {
        let _ = writeln!(text, "  The breaker never opens: this log does it no harm, and no good.");
        return paste(text, row);
    }
    let again = match tally.reopened {
        0 => String::new(),
        reopened => format!(", and {} again after a failed probe", times(reopened)),
    };
    let _ = writeln!(text, "  It opens {}{again}.", times(tally.trips));
    let waiting = if log.has_durations {
        format!(" Callers would have been spared {} of waiting.", length(tally.saved_ns))
    } else {
        String::new()
    };
    let _ = writeln!(
        text,
        "  It keeps {} of {} failing calls ({}) from the service.{waiting}",
        count(tally.saved_calls),
        count(log.failures),
        share(tally.saved_calls, log.failures)
    );
    let _ = writeln!(
        text,
        "  The price: it rejects {} of {} healthy calls ({}).",
        count(tally.lost_calls),
        count(healthy(log)),
        share(tally.lost_calls, healthy(log))
    );
    let _ = writeln!(
        text,
        "  It is not closed for {}. Of that {} come after the last failure, at most {} at a time.",
        length(tally.open_ns),
        length(tally.late_ns),
        length(tally.late_max_ns)
    );
    if tally.open_at_end > 0 {
        let breakers = counted(tally.open_at_end, "breaker");
        let _ = writeln!(text, "  At the end of the log {breakers} had not closed yet.");
    }
    paste(text, row);
}

fn times(number: u64) -> String {
    match number {
        1 => "once".into(),
        2 => "twice".into(),
        _ => format!("{} times", count(number)),
    }
}

/// Writes the tuning as an attribute and as a table of TOML.
fn paste(text: &mut String, row: &Row) {
    let settings: Vec<_> = row.tuning.settings().collect();
    let keys = [&["name = \"...\"".to_owned()], &settings[..]].concat().join(", ");
    let _ = writeln!(text, "\n    #[circuit_breaker({keys})]\n");
    if !settings.is_empty() {
        let _ = writeln!(text, "    [breakers.\"...\"]");
        for setting in settings {
            let _ = writeln!(text, "    {setting}");
        }
        text.push('\n');
    }
}

/// Says what a replay cannot know, beside the figures that it touches.
pub(super) fn limits(text: &mut String, rows: &[Row], log: &Log) {
    let best = || rows.iter().filter(|row| row.is_unbeaten).map(|row| &row.tally);
    let most =
        |figure: fn(&crate::play::tally::Tally) -> u64| best().map(figure).max().unwrap_or(0);
    let (spared, rejected) = (most(|tally| tally.saved_calls), most(|tally| tally.rejected));
    let probes = most(|tally| tally.probes);
    let _ = writeln!(text, "What a replay cannot know");
    let mut limits = vec![format!(
        "A service that is left alone may recover sooner. The log shows it under its whole load \
         ({}); the best tunings would have spared it up to {}.",
        counted(log.calls, "call"),
        counted(spared, "failure")
    )];
    if rejected > 0 {
        limits.push(format!(
            "Callers may react to a rejection (up to {} here). A retry would be a further call, \
             which the log does not have.",
            count(rejected)
        ));
    }
    limits.push(
        "A log that was made behind a breaker or a limit lacks the calls that it turned away, so the \
         outages look smaller than they were."
            .to_owned(),
    );
    if probes > 0 {
        limits.push(format!(
            "Probes (up to {} here) are calls of the log, with the outcome that they had there. A \
             service that is just recovering may answer others.",
            count(probes)
        ));
    }
    limits.extend(ALWAYS.map(str::to_owned));
    for limit in limits {
        let _ = writeln!(text, "{}", wrapped(&limit));
    }
}

/// Wraps a point of a list at 100 characters.
fn wrapped(point: &str) -> String {
    let mut text = String::from("  -");
    let mut width = text.len();
    for word in point.split_whitespace() {
        if width + 1 + word.chars().count() > 100 {
            text.push_str("\n   ");
            width = 3;
        }
        text.push(' ');
        text.push_str(word);
        width += 1 + word.chars().count();
    }
    text
}
