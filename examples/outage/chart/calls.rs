//! How much of the load came through to the service.

use std::time::Duration;

use plotters::prelude::*;

use super::Drawn;
use super::panel::{Area, BLUE, Frame, GREY, Mark};
use crate::load::Run;
use crate::script::Script;

pub(super) fn draw(area: &Area<'_>, script: &Script, rate: u32, runs: [&Run; 2]) -> Drawn {
    let slice = slice(script, rate);
    let [guarded, bare] = runs.map(|run| counts(run, script, slice));
    let most = guarded.iter().chain(&bare).copied().max().unwrap_or(0);
    let title = format!(
        "Calls on the service (received or refused) per {} ms",
        slice.as_millis()
    );
    let frame = Frame {
        title: &title,
        unit: "calls",
        y: 0.0..f64::from(most) * 1.15,
        labels: 5,
        label: &|count| format!("{count:.0}"),
    };
    let legend = [
        ("without", Mark::Disc(GREY)),
        ("with the breaker", Mark::Disc(BLUE)),
    ];
    let mut panel = frame.draw(area, script, &legend)?;
    for (counts, colour, strength) in [(bare, GREY, 0.25), (guarded, BLUE, 0.45)] {
        let outline = outline(&counts, script, slice);
        let series = AreaSeries::new(outline, 0.0, colour.mix(strength));
        panel.draw_series(series.border_style(colour.stroke_width(2)))?;
    }
    Ok(())
}

/// About a sixtieth of the script, such that equally many requests are due in each.
fn slice(script: &Script, rate: u32) -> Duration {
    let interval = Duration::from_secs(1) / rate;
    let requests = (script.length() / 60)
        .as_nanos()
        .div_ceil(interval.as_nanos());
    interval * u32::try_from(requests).unwrap_or(u32::MAX)
}

/// Requests that the service received and connections that were refused.
fn counts(run: &Run, script: &Script, slice: Duration) -> Vec<u32> {
    let slice_of = |at: Duration| at.as_nanos() / slice.as_nanos();
    let slices = slice_of(script.length() - Duration::from_nanos(1)) + 1;
    let mut counts = vec![0; usize::try_from(slices).unwrap_or(0)];
    for at in run.received.iter().copied().chain(run.refused()) {
        // What comes in after the end of the script belongs to the last slice.
        let index = usize::try_from(slice_of(at).min(slices - 1));
        if let Some(count) = index.ok().and_then(|index| counts.get_mut(index)) {
            *count += 1;
        }
    }
    counts
}

/// The tops of the bars as one line.
fn outline(counts: &[u32], script: &Script, slice: Duration) -> impl Iterator<Item = (f64, f64)> {
    let end = script.length().as_secs_f64();
    let edges = (0..).map(move |bar| f64::from(bar) * slice.as_secs_f64());
    counts.iter().zip(edges).flat_map(move |(count, from)| {
        let height = f64::from(*count);
        [
            (from, height),
            ((from + slice.as_secs_f64()).min(end), height),
        ]
    })
}
