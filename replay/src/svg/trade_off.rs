//! The trade-off: what each tuning saves, over the healthy calls that it rejects.

use std::ops::Range;

use super::canvas::Canvas;
use super::time_line::share;
use super::{LEFT, RIGHT, axis};
use crate::report::figures::{count, length};
use crate::run::{Outcome, Row};

/// The height of the panel in pixels.
const HEIGHT: f64 = 220.0;

/// Draws it below `top`, and returns its end.
pub(super) fn draw(canvas: &mut Canvas, outcome: &Outcome, named: &[&Row], top: f64) -> f64 {
    let by_time = outcome.log.has_durations;
    let saved = |row: &Row| row.tally.saved(by_time);
    let rows = &outcome.tunings;
    let across = ends(rows.iter().map(|row| row.tally.lost_calls));
    let up = ends(rows.iter().map(saved));

    let (head, zero) = (top + 30.0, top + 48.0 + HEIGHT);
    let gain = if by_time { "Waiting saved" } else { "Failing calls spared" };
    let title = format!("{gain}, over the healthy calls rejected");
    canvas.text((LEFT, head), "head", "start", &title);
    let x =
        |lost: u64| LEFT + share(lost - across.start, across.end - across.start) * (RIGHT - LEFT);
    let y = |saved: u64| zero - share(saved - up.start, up.end - up.start) * HEIGHT;
    let place = |row: &Row| (x(row.tally.lost_calls), y(saved(row)));
    let marks: Vec<u64> = if by_time {
        axis::of_time(up.clone(), 4).collect()
    } else {
        axis::of_counts(up.clone(), 4).collect()
    };
    for at in marks {
        canvas.line((LEFT, y(at)), (RIGHT, y(at)), "grid");
        let text = if by_time { length(at) } else { count(at) };
        canvas.text((LEFT - 8.0, y(at) + 4.0), "small", "end", &text);
    }
    for at in axis::of_counts(across.clone(), 8) {
        canvas.line((x(at), zero), (x(at), zero + 4.0), "axis");
        canvas.text((x(at), zero + 18.0), "small", "middle", &count(at));
    }
    canvas.line((LEFT, zero), (RIGHT, zero), "axis");
    canvas.line((LEFT, zero), (LEFT, zero - HEIGHT), "axis");

    let mut front: Vec<&Row> = rows.iter().filter(|row| row.is_unbeaten).collect();
    front.sort_by_key(|row| row.tally.lost_calls);
    canvas.path(&front.iter().map(|row| place(row)).collect::<Vec<_>>(), "front");
    for row in rows.iter().filter(|row| !row.is_unbeaten) {
        canvas.disc(place(row), 4.0, "other", &tip(row));
    }
    for row in front {
        canvas.disc(place(row), 4.0, "good", &tip(row));
    }
    for (number, row) in named.iter().enumerate() {
        numbered(canvas, place(row), number + 1, &tip(row));
    }
    canvas.text((RIGHT, zero + 36.0), "small", "end", "healthy calls rejected");
    zero + 48.0
}

/// Returns the ends of an axis for these figures: with room on both sides, and with zero if that is
/// near.
fn ends(figures: impl Iterator<Item = u64> + Clone) -> Range<u64> {
    let least = figures.clone().min().unwrap_or(0);
    let most = figures.max().unwrap_or(0).max(least + 1);
    let room = ((most - least) / 8).max(1);
    let is_near = least / 3 <= most - least;
    (if is_near { 0 } else { least - room })..most.saturating_add(room)
}

/// Draws the number of a tuning in a disc.
pub(super) fn numbered(canvas: &mut Canvas, (x, y): (f64, f64), number: usize, tip: &str) {
    canvas.disc((x, y), 9.0, "good", tip);
    canvas.text((x, y + 4.5), "number", "middle", &number.to_string());
}

fn tip(row: &Row) -> String {
    let tally = &row.tally;
    format!(
        "{}: {} of waiting saved, {} failing calls spared, {} healthy calls rejected",
        row.tuning.flags(),
        length(tally.saved_ns),
        count(tally.saved_calls),
        count(tally.lost_calls)
    )
}
