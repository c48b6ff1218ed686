//! The calls over time, and below them the best tunings: when they are open, and what they reject.

use super::canvas::Canvas;
use super::{LEFT, RIGHT, axis};
use crate::play::lane::Lane;
use crate::play::tuning::{Guarded, OPEN, REJECTED};
use crate::report::figures::{count, length};
use crate::run::{Outcome, Row};
use crate::value::time;

/// The height of the panel of calls.
const HEIGHT: f64 = 150.0;
/// The heights of a tuning: its name, its bar, its rejected calls.
const NAME: f64 = 20.0;
const BAR: f64 = 12.0;
const REJECTIONS: f64 = 26.0;

/// Draws it below `top`, and returns its end.
pub(super) fn draw(canvas: &mut Canvas, outcome: &Outcome, named: &[&Row], top: f64) -> f64 {
    let log = &outcome.log;
    let Some(lane) = &log.lane else { return top };
    let length_of_log = log.last.max(1);
    let lane = coarse(lane, length_of_log, log.calls);
    let scale = Scale { length: length_of_log, width: lane.width() };
    let totals = lane.sums().iter().map(|kinds| kinds.iter().sum::<u64>());
    let (most, marks_of_calls) = axis::up_to(totals.max().unwrap_or(0).max(1), 4);

    let zero = top + 34.0 + HEIGHT;
    let slice = length(lane.width());
    canvas.text((LEFT, top + 18.0), "head", "start", &format!("Calls in each {slice}"));
    legend(canvas, top + 18.0, &[("good", "succeeded"), ("bad", "failed"), ("none", "ignored")]);
    for at in marks_of_calls {
        let y = zero - share(at, most) * HEIGHT;
        canvas.line((LEFT, y), (RIGHT, y), "grid");
        canvas.text((LEFT - 8.0, y + 4.0), "small", "end", &count(at));
    }
    // Stacked: failures at the bottom, where they are seen best.
    let below = |kinds: &[u64; 3], kind: usize| match kind {
        1 => 0,
        0 => kinds[1],
        _ => kinds[1] + kinds[0],
    };
    for (kind, class) in [(1, "bad"), (0, "good"), (2, "none")] {
        let bars = lane.sums().iter().enumerate().map(|(index, kinds)| {
            let [left, right] = scale.bucket(index);
            let from = below(kinds, kind);
            let height = |calls| zero - share(calls, most) * HEIGHT;
            [left, right, height(from), height(from + kinds[kind])]
        });
        canvas.bars(bars, class);
    }
    canvas.line((LEFT, zero), (RIGHT, zero), "axis");

    let mut y = zero + 30.0;
    canvas.text((LEFT, y), "head", "start", "The best tunings");
    legend(canvas, y, &[("bad", "not closed"), ("turned", "rejected calls")]);
    y += 4.0;
    for (number, row) in named.iter().enumerate() {
        y = tuning(canvas, &scale, (number + 1, row), (log.keys.max(1), most), y);
    }
    marks(canvas, log.first.unwrap_or(0), &scale, (zero, y));
    y + 24.0
}

/// Returns the calls in bars that are wide enough to hold some.
fn coarse(lane: &Lane<3>, length: u64, calls: u64) -> Lane<3> {
    /// A bar has so many calls on average, unless there are few bars already.
    const CALLS: u64 = 8;
    const FEW: u64 = 40;
    let mut lane = lane.clone();
    let leaves_enough = |lane: &Lane<3>| lane.wider().is_some_and(|wider| length / wider >= FEW);
    while leaves_enough(&lane) && calls / CALLS < length / lane.width() {
        lane.widen();
    }
    lane
}

/// Draws one tuning below `top`, and returns its end.
fn tuning(
    canvas: &mut Canvas,
    scale: &Scale,
    (number, row): (usize, &Row),
    (keys, most): (u64, u64),
    top: f64,
) -> f64 {
    canvas.text((LEFT, top + NAME - 4.0), "small", "start", &row.tuning.flags());
    super::trade_off::numbered(canvas, (LEFT - 16.0, top + NAME + BAR / 2.0), number, "");
    let Some(lane) = &row.lane else { return top };
    let bar = top + NAME;
    spans(canvas, lane, &Scale { width: lane.width(), ..*scale }, (keys, bar));
    let zero = bar + BAR + REJECTIONS;
    let mut rejections = lane.clone();
    while rejections.width() < scale.width && rejections.widen() {}
    let bars = rejections.sums().iter().enumerate().map(|(index, kinds)| {
        let [left, right] = scale.bucket(index);
        [left, right, zero, zero - share(kinds[REJECTED], most) * (REJECTIONS - 4.0)]
    });
    canvas.bars(bars, "turned");
    canvas.line((LEFT, bar + BAR), (RIGHT, bar + BAR), "grid");
    canvas.line((LEFT, zero), (RIGHT, zero), "grid");
    zero
}

/// Draws the spans in which breakers are not closed, the stronger the more of them.
fn spans(canvas: &mut Canvas, lane: &Guarded, scale: &Scale, (keys, top): (u64, f64)) {
    // Buckets that are open to the same degree are one rectangle.
    let degrees: Vec<f64> = lane
        .sums()
        .iter()
        .map(|kinds| share(kinds[OPEN], keys.saturating_mul(scale.width)))
        .collect();
    let mut from = 0;
    for until in 1..=degrees.len() {
        let is_same = degrees.get(until).is_some_and(|next| (next - degrees[from]).abs() < 0.02);
        if is_same {
            continue;
        }
        if degrees[from] > 0.0 {
            let ([left, _], [_, right]) = (scale.bucket(from), scale.bucket(until - 1));
            let size = ((right - left).max(0.0), BAR);
            canvas.rectangle((left, top), size, "bad", degrees[from].clamp(0.25, 1.0));
        }
        from = until;
    }
}

/// Marks the time at the bottom, and the begin of the log.
fn marks(canvas: &mut Canvas, first: i64, scale: &Scale, (zero, bottom): (f64, f64)) {
    for at in axis::of_time(0..scale.length, 8) {
        let x = scale.x(at);
        canvas.line((x, zero), (x, bottom + 4.0), "grid");
        let text = if at == 0 {
            time::written(first).split('.').next().unwrap_or("").replace('T', " ")
        } else {
            format!("+{}", length(at))
        };
        // The first text, a date, is long.
        if at > 0 && x < LEFT + 160.0 {
            continue;
        }
        canvas.text((x, bottom + 18.0), "small", if at == 0 { "start" } else { "middle" }, &text);
    }
}

fn legend(canvas: &mut Canvas, y: f64, entries: &[(&str, &str)]) {
    let mut x = RIGHT;
    for (class, text) in entries.iter().rev() {
        // No font is there to measure; this width is enough for most.
        #[allow(clippy::cast_precision_loss, reason = "a short text")]
        let width = text.len() as f64 * 7.2;
        x -= width;
        canvas.text((x, y), "small", "start", text);
        canvas.rectangle((x - 16.0, y - 9.5), (10.0, 10.0), class, 1.0);
        x -= 30.0;
    }
}

/// The places of moments.
struct Scale {
    length: u64,
    /// The width of a bucket.
    width: u64,
}

impl Scale {
    fn x(&self, at: u64) -> f64 {
        LEFT + share(at.min(self.length), self.length) * (RIGHT - LEFT)
    }

    /// The ends of a bucket. The last one ends with the log.
    fn bucket(&self, index: usize) -> [f64; 2] {
        let begin = index as u64 * self.width;
        [self.x(begin), self.x(begin + self.width)]
    }
}

/// Returns a part as a number from 0 to 1.
#[allow(clippy::cast_precision_loss, reason = "a place in a picture")]
pub(super) fn share(part: u64, whole: u64) -> f64 {
    (part as f64 / whole.max(1) as f64).min(1.0)
}
