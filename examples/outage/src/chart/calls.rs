//! The load that reached the service.

use std::time::Duration;

use stage::chart::{Area, Axis, BLUE, Bars, Drawn, GREY, Series};

use crate::load::Run;
use crate::script::Script;

/// Draws, over time, the requests that the service received and the connections that were refused.
pub(super) fn draw(
    area: &Area<'_>,
    axis: &Axis,
    script: &Script,
    rate: u32,
    [with, without]: [&Run; 2],
) -> Drawn {
    let slice = slice(script, rate);
    let sick = |run: &Run| run.received_sick(script) + run.refused().count();
    let times = |run: &Run| run.received.iter().copied().chain(run.refused()).collect();
    let without = Series {
        legend: format!("without: {} on the sick service", sick(without)),
        colour: GREY,
        strength: 0.25,
        times: times(without),
    };
    let with = Series {
        legend: format!("with breaker: {}", sick(with)),
        colour: BLUE,
        strength: 0.45,
        times: times(with),
    };
    let title = &format!("Calls on the service per {} ms", slice.as_millis());
    let bars = Bars { title, unit: "calls", slice, series: vec![without, with] };
    bars.draw(area, axis, 0.0)
}

/// Returns about a sixtieth of the script, with as many requests due in each.
fn slice(script: &Script, rate: u32) -> Duration {
    let interval = Duration::from_secs(1) / rate;
    let mut slice = interval;
    while slice < script.length() / 60 {
        slice += interval;
    }
    slice
}
