//! How much of the load came through to the service.

use std::time::Duration;

use plotters::prelude::*;

use super::Drawn;
use super::panel::{Area, BLUE, Frame, GREY, Mark};
use crate::load::Run;
use crate::script::Script;

/// So many bars over the whole time.
const BARS: usize = 48;

pub(super) fn draw(area: &Area<'_>, script: &Script, with: &Run, without: &Run) -> Drawn {
    let slice = script.length() / 48;
    let runs = [
        (GREY, 0.25, "without", counts(without, slice)),
        (BLUE, 0.45, "with the breaker", counts(with, slice)),
    ];
    let most = runs
        .iter()
        .flat_map(|(.., counts)| counts)
        .copied()
        .max()
        .unwrap_or(0);
    let title = format!("Calls on the service, per {} ms", slice.as_millis());
    let frame = Frame {
        title: &title,
        unit: "calls",
        y: 0.0..f64::from(most) * 1.1 + 1.0,
        labels: 5,
        label: &|count| format!("{count:.0}"),
    };
    let legend = runs
        .each_ref()
        .map(|(colour, _, name, _)| (*name, Mark::Bar(*colour)));
    let mut panel = frame.draw(area, script, &legend)?;
    for (colour, strength, _, counts) in runs {
        let outline = outline(&counts, slice.as_secs_f64());
        let series = AreaSeries::new(outline, 0.0, colour.mix(strength));
        panel.draw_series(series.border_style(colour.stroke_width(2)))?;
    }
    Ok(())
}

/// Requests that the service received and connections that were refused.
fn counts(run: &Run, slice: Duration) -> [u32; BARS] {
    let mut counts = [0; BARS];
    for at in run.received.iter().copied().chain(run.refused()) {
        let bar = at.as_nanos() / slice.as_nanos();
        // What comes in after the end of the script belongs to the last bar.
        let bar = usize::try_from(bar).unwrap_or(BARS).min(BARS - 1);
        counts[bar] += 1;
    }
    counts
}

/// The tops of the bars as one line.
fn outline(counts: &[u32], width: f64) -> impl Iterator<Item = (f64, f64)> {
    let edges = (0..).map(move |bar| f64::from(bar) * width);
    counts.iter().zip(edges).flat_map(move |(count, from)| {
        let height = f64::from(*count);
        [(from, height), (from + width, height)]
    })
}
