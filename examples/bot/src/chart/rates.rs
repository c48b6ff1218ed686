//! Replies to the users, and requests to the service.

use std::time::Duration;

use stage::chart::{Area, Axis, BLUE, Bars, Drawn, GREY, Series};

use super::Column;
use crate::crowd::{Turn, Worth};
use crate::run::Run;

const SLICE: Duration = Duration::from_millis(200);

/// Replies over time.
pub(super) fn replies(area: &Area<'_>, axis: &Axis, column: &Column<'_>) -> Drawn {
    let answered = |run: &Run| {
        let answered = run.turns.iter().filter(|turn| turn.worth != Worth::Error);
        answered.map(Turn::end).collect()
    };
    let title = format!("Replies per {} ms", SLICE.as_millis());
    draw(area, axis, &title, [answered(column.with), answered(column.without)])
}

/// Requests to the service that falls sick, over time.
pub(super) fn requests(area: &Area<'_>, axis: &Axis, column: &Column<'_>) -> Drawn {
    let title = format!("Requests to the service per {} ms", SLICE.as_millis());
    let received = [column.with.received.clone(), column.without.received.clone()];
    draw(area, axis, &title, received)
}

fn draw(area: &Area<'_>, axis: &Axis, title: &str, [with, without]: [Vec<Duration>; 2]) -> Drawn {
    let without = Series { legend: "without".into(), colour: GREY, strength: 0.3, times: without };
    let with = Series { legend: "with breakers".into(), colour: BLUE, strength: 0.25, times: with };
    let bars = Bars { title, unit: "", slice: SLICE, series: vec![without, with] };
    bars.draw(area, axis, 0.0)
}
