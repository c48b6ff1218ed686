//! How much of the load came through to the service.

use std::time::Duration;

use plotters::prelude::*;

use super::Drawn;
use super::panel::{Area, BLUE, Frame, GREY, Mark};
use crate::load::Run;
use crate::script::Script;

pub(super) fn draw(area: &Area<'_>, script: &Script, rate: u32, runs: [&Run; 2]) -> Drawn {
    let slice = slice(script, rate);
    let [guarded, bare] = runs.map(|run| tops(run, script, slice));
    let highest = guarded.iter().chain(&bare).map(|(_, count)| *count).fold(1.0, f64::max);
    let frame = Frame {
        title: &format!("Calls on the service per {} ms", slice.as_millis()),
        unit: "calls",
        y: 0.0..highest * 1.15,
        labels: 5,
        label: &|count| format!("{count:.0}"),
    };
    let [with, without] = runs.map(|run| run.received_sick(script) + run.refused().count());
    let without = format!("without: {without} on the sick service");
    let with = format!("with breaker: {with}");
    let legend = [(without, Mark::Disc(GREY)), (with, Mark::Disc(BLUE))];
    let mut panel = frame.draw(area, script, &legend)?;
    for (tops, colour, strength) in [(bare, GREY, 0.25), (guarded, BLUE, 0.45)] {
        let series = AreaSeries::new(tops, 0.0, colour.mix(strength));
        panel.draw_series(series.border_style(colour.stroke_width(2)))?;
    }
    Ok(())
}

/// About a sixtieth of the script, such that equally many requests are due in each.
fn slice(script: &Script, rate: u32) -> Duration {
    let interval = Duration::from_secs(1) / rate;
    let mut slice = interval;
    while slice < script.length() / 60 {
        slice += interval;
    }
    slice
}

/// The tops of the bars as one line. A bar is the number of requests that the
/// service received and of connections that were refused.
fn tops(run: &Run, script: &Script, slice: Duration) -> Vec<(f64, f64)> {
    let calls: Vec<_> = run.received.iter().copied().chain(run.refused()).collect();
    let mut tops = Vec::new();
    let mut from = Duration::ZERO;
    while from < script.length() {
        let until = from + slice;
        let count = calls.iter().filter(|at| (from..until).contains(at)).count();
        let height = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        let right = until.min(script.length());
        tops.extend([(from.as_secs_f64(), height), (right.as_secs_f64(), height)]);
        from = until;
    }
    tops
}
