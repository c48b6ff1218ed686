//! The trade-off: what each tuning saves, over the healthy calls that it rejects.

use super::canvas::Canvas;
use super::time_line::share;
use super::{LEFT, RIGHT, axis};
use crate::report::figures::{count, length};
use crate::run::{Outcome, Row};

/// The height of the panel.
const HEIGHT: f64 = 220.0;

/// Draws it below `top`, and returns its end.
pub(super) fn draw(canvas: &mut Canvas, outcome: &Outcome, named: &[&Row], top: f64) -> f64 {
    let by_time = outcome.log.has_durations;
    let saved = |row: &Row| row.tally.saved(by_time);
    let rows = &outcome.tunings;
    let most_saved = rows.iter().map(saved).max().unwrap_or(0).max(1);
    let most_lost = rows.iter().map(|row| row.tally.lost_calls).max().unwrap_or(0).max(1);

    let (head, zero) = (top + 30.0, top + 48.0 + HEIGHT);
    let gain = if by_time { "Waiting saved" } else { "Failing calls spared" };
    let title = format!("{gain}, over the healthy calls rejected");
    canvas.text((LEFT, head), "head", "start", &title);
    // The largest figures stay a little inside.
    let place = |row: &Row| {
        let x = LEFT + share(row.tally.lost_calls, most_lost) * (RIGHT - LEFT) * 0.96;
        (x, zero - share(saved(row), most_saved) * HEIGHT * 0.94)
    };
    let marks: Vec<u64> = if by_time {
        axis::of_time(most_saved, 4).collect()
    } else {
        axis::of_counts(most_saved, 4).collect()
    };
    for at in marks {
        let y = zero - share(at, most_saved) * HEIGHT * 0.94;
        canvas.line((LEFT, y), (RIGHT, y), "grid");
        let text = if by_time { length(at) } else { count(at) };
        canvas.text((LEFT - 8.0, y + 4.0), "small", "end", &text);
    }
    for at in axis::of_counts(most_lost, 8) {
        let x = LEFT + share(at, most_lost) * (RIGHT - LEFT) * 0.96;
        canvas.line((x, zero), (x, zero + 4.0), "axis");
        canvas.text((x, zero + 18.0), "small", "middle", &count(at));
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
