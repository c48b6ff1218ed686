//! The table of the tunings.

use std::fmt::Write;

use super::figures::{count, length, share};
use crate::play::sequence::Log;
use crate::run::Row;

/// The rows that are shown of a large grid, beside the unbeaten ones.
const MOST: usize = 20;

type Cell = fn(&Row, &Log) -> String;

const COLUMNS: [(&str, Cell); 8] = [
    ("waiting saved", |row, _| length(row.tally.saved_ns)),
    ("failures spared", |row, log| of(row.tally.saved_calls, log.failures)),
    ("healthy rejected", |row, log| of(row.tally.lost_calls, healthy(log))),
    ("trips", |row, _| count(row.tally.trips)),
    ("reopened", |row, _| count(row.tally.reopened)),
    ("not closed", |row, _| length(row.tally.open_ns)),
    ("late, in all", |row, _| length(row.tally.late_ns)),
    ("longest", |row, _| length(row.tally.late_max_ns)),
];

fn of(part: u64, whole: u64) -> String {
    format!("{} ({})", count(part), share(part, whole))
}

/// The calls that were a success in the log.
pub(super) fn healthy(log: &Log) -> u64 {
    log.calls - log.failures - log.ignored
}

/// Writes the table.
pub(super) fn write(text: &mut String, rows: &[Row], log: &Log, all: bool) {
    let is_shown = |(index, row): &(usize, &Row)| all || *index < MOST || row.is_unbeaten;
    let shown: Vec<&Row> = rows.iter().enumerate().filter(is_shown).map(|(_, row)| row).collect();
    let columns: Vec<(&str, Cell)> = COLUMNS
        .into_iter()
        .filter(|(name, _)| log.has_durations || *name != "waiting saved")
        .collect();
    let mut lines: Vec<Vec<String>> = vec![];
    let names = columns.iter().map(|(name, _)| (*name).to_owned());
    lines.push(std::iter::once("  tuning".to_owned()).chain(names).collect());
    for row in &shown {
        let mark = if row.is_unbeaten { '*' } else { ' ' };
        let name = format!("{mark} {}", row.tuning.flags());
        let cells = columns.iter().map(|(_, cell)| cell(row, log));
        lines.push(std::iter::once(name).chain(cells).collect());
    }
    let width = |column: usize| lines.iter().map(|line| line[column].chars().count()).max();
    let widths: Vec<_> = (0..=columns.len()).map(|column| width(column).unwrap_or(0)).collect();
    for line in &lines {
        let _ = write!(text, "  {:<1$}", line[0], widths[0]);
        for (cell, width) in line.iter().zip(&widths).skip(1) {
            let _ = write!(text, "  {cell:>width$}");
        }
        text.push('\n');
    }
    let left_out = rows.len() - shown.len();
    if left_out > 0 {
        let _ = writeln!(text, "  {} more are beaten; `--all` lists them.", count(left_out as u64));
    }
}
