//! What comes to the users, and what comes to the service.

use std::time::Duration;

use plotters::prelude::*;

use super::panel::{Area, BLUE, Frame, GREY, Mark};
use super::{Column, Drawn};
use crate::crowd::{Turn, Worth};
use crate::run::Run;
use crate::scenario::Script;

const SLICE: Duration = Duration::from_millis(200);

/// Replies over time.
pub(super) fn replies(area: &Area<'_>, column: &Column<'_>) -> Drawn {
    let answered = |run: &Run| {
        let answered = run.turns.iter().filter(|turn| turn.worth != Worth::Error);
        answered.map(Turn::end).collect()
    };
    let title = format!("Replies per {} ms", SLICE.as_millis());
    draw(area, &column.script, &title, [answered(column.with), answered(column.without)])
}

/// Requests to the service that falls sick, over time.
pub(super) fn requests(area: &Area<'_>, column: &Column<'_>) -> Drawn {
    let title = format!("Requests to the service per {} ms", SLICE.as_millis());
    let received = [column.with.received.clone(), column.without.received.clone()];
    draw(area, &column.script, &title, received)
}

fn draw(
    area: &Area<'_>,
    script: &Script,
    title: &str,
    [with, without]: [Vec<Duration>; 2],
) -> Drawn {
    let (with, without) = (tops(&with, script), tops(&without, script));
    let highest = with.iter().chain(&without).map(|(_, count)| *count).fold(1.0, f64::max);
    let frame =
        Frame { title, y: 0.0..highest * 1.15, labels: 5, label: &|count| format!("{count:.0}") };
    let legend =
        [("without".to_owned(), Mark::Disc(GREY)), ("with breakers".to_owned(), Mark::Disc(BLUE))];
    let mut panel = frame.draw(area, script, &legend)?;
    for (tops, colour, strength) in [(without, GREY, 0.3), (with, BLUE, 0.25)] {
        let series = AreaSeries::new(tops, 0.0, colour.mix(strength));
        panel.draw_series(series.border_style(colour.stroke_width(2)))?;
    }
    Ok(())
}

/// The tops of the bars as one line.
fn tops(times: &[Duration], script: &Script) -> Vec<(f64, f64)> {
    let mut tops = Vec::new();
    let mut from = Duration::ZERO;
    while from < script.length() {
        let until = (from + SLICE).min(script.length());
        let count = times.iter().filter(|at| (from..until).contains(at)).count();
        let height = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        tops.extend([(from.as_secs_f64(), height), (until.as_secs_f64(), height)]);
        from = until;
    }
    tops
}
