//! The breaker's states: three lanes, one of them lit at any time.

use breakerbox::State;
use plotters::prelude::*;
use stage::chart::{AMBER, Area, Axis, Drawn, Frame, GREEN, VERMILION};

use crate::timeline::Timeline;

/// The lanes, the lowest first.
const LANES: [(State, RGBColor); 3] =
    [(State::Closed, GREEN), (State::HalfOpen, AMBER), (State::Open, VERMILION)];

pub(super) fn draw(area: &Area<'_>, axis: &Axis, timeline: &Timeline) -> Drawn {
    let frame = Frame {
        title: "State of the breaker",
        unit: "",
        y: -0.5..2.5,
        labels: 3,
        label: &|lane| lane_name(*lane),
    };
    let mut panel = frame.draw(area, axis, &[])?;
    // A probe that fails at once would be too thin to see.
    let end = axis.length.as_secs_f64();
    let thinnest = end / 250.0;
    for ((lane, colour), y) in LANES.into_iter().zip([0.0, 1.0, 2.0]) {
        let lit = timeline.spans().filter(|(state, _)| *state == lane);
        panel.draw_series(lit.map(|(_, span)| {
            let from = span.start.as_secs_f64().min(end);
            let until = span.end.as_secs_f64().max(from + thinnest).min(end);
            Rectangle::new([(from, y - 0.4), (until, y + 0.4)], colour.filled())
        }))?;
    }
    Ok(())
}

fn lane_name(y: f64) -> String {
    let lane = LANES.into_iter().zip([0.0, 1.0, 2.0]).find(|(_, lane)| (lane - y).abs() < 0.1);
    lane.map_or(String::new(), |((state, _), _)| state.to_string())
}
