//! The picture of a run: `time_line` shows the calls and the best tunings over time, `trade_off`
//! what each tuning saves and costs. `canvas` writes SVG, `axis` finds the marks of an axis, and
//! `target` is the file.
//!
//! The colours are from Okabe and Ito's palette, which colour-blind eyes can tell apart. The picture
//! follows its reader's choice of a dark or a light background.

mod axis;
mod canvas;
pub(crate) mod target;
mod time_line;
mod trade_off;

use self::canvas::Canvas;
use crate::run::{Outcome, Row};

/// The most tunings that are drawn over time and named.
const NAMED: usize = 6;

const WIDTH: f64 = 1000.0;
/// The ends of the plots.
const LEFT: f64 = 78.0;
const RIGHT: f64 = WIDTH - 24.0;

const STYLE: &str = "
text { font: 13px system-ui, sans-serif; fill: #222 }
.title { font-size: 18px }
.head { font-weight: 600 }
.small { font-size: 12px; fill: #555 }
.paper { fill: #fff }
.grid { stroke: #222; stroke-opacity: .13 }
.axis { stroke: #666; fill: none }
.good { fill: #0072b2 }
.bad { fill: #d55e00 }
.none { fill: #999 }
.turned { fill: #e69f00 }
.front { stroke: #0072b2; stroke-width: 1.5; fill: none }
.other { fill: #888; fill-opacity: .6 }
.number { font-weight: 600; fill: #fff; text-anchor: middle }
@media (prefers-color-scheme: dark) {
  text { fill: #e8e8e8 }
  .small { fill: #aaa }
  .paper { fill: #15181c }
  .grid { stroke: #fff; stroke-opacity: .16 }
  .axis { stroke: #888 }
  .good { fill: #56b4e9 }
  .bad { fill: #f0772b }
  .front { stroke: #56b4e9 }
  .number { fill: #15181c }
}
";

/// Draws the picture. `shown` names the log.
pub(crate) fn draw(outcome: &Outcome, shown: &str) -> String {
    let named = named(outcome);
    let mut canvas = Canvas::default();
    let name = shown.replace('`', "");
    canvas.text((WIDTH / 2.0, 28.0), "title", "middle", &format!("Replay of the log {name}"));
    let top = time_line::draw(&mut canvas, outcome, &named, 44.0);
    let height = trade_off::draw(&mut canvas, outcome, &named, top);
    canvas.document((WIDTH, height), STYLE)
}

/// The unbeaten tunings that are drawn, the mildest first. Of tunings that did the same, the first
/// one speaks for all.
fn named(outcome: &Outcome) -> Vec<&Row> {
    let by_time = outcome.log.has_durations;
    let mut named: Vec<&Row> = outcome.tunings.iter().filter(|row| row.is_unbeaten).collect();
    named.sort_by_key(|row| row.tally.lost_calls);
    named.dedup_by_key(|row| (row.tally.lost_calls, row.tally.saved(by_time)));
    // Of more, the ends and what lies evenly between them.
    let count = named.len();
    if count <= NAMED {
        return named;
    }
    (0..NAMED).map(|index| named[index * (count - 1) / (NAMED - 1)]).collect()
}
