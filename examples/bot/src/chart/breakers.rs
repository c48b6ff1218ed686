//! The breakers' open and half-open spans.

use breakerbox::State;
use plotters::prelude::*;
use stage::chart::{AMBER, Area, Axis, Drawn, Frame, Mark, VERMILION};

use super::Column;

/// A probe that fails at once would be too thin to see.
const THINNEST: f64 = 0.03;
/// Half-open bars are taller than open bars, for colour-blind readers.
const LOOKS: [(State, RGBColor, f64); 2] =
    [(State::Open, VERMILION, 0.3), (State::HalfOpen, AMBER, 0.42)];

pub(super) fn draw(area: &Area<'_>, axis: &Axis, column: &Column<'_>) -> Drawn {
    let states = &column.with.states;
    let names = states.breakers();
    let lanes = u32::try_from(names.len())?.max(1);
    let frame = Frame {
        title: "Breakers",
        unit: "",
        y: -0.5..f64::from(lanes) - 0.5,
        labels: names.len() + 1,
        label: &|y| name_of(&names, *y),
    };
    let legend =
        [("open".to_owned(), Mark::Disc(VERMILION)), ("half-open".to_owned(), Mark::Disc(AMBER))];
    let mut panel = frame.draw(area, axis, &legend)?;
    let end = axis.length.as_secs_f64();
    for (lane, name) in (0_u32..).map(f64::from).zip(&names) {
        let spans = states.spans(name, axis.length);
        for (lit, colour, height) in LOOKS {
            let spans = spans.iter().filter(|(state, _)| *state == lit);
            panel.draw_series(spans.map(|(_, span)| {
                let from = span.start.as_secs_f64().min(end);
                let until = span.end.as_secs_f64().max(from + THINNEST).min(end);
                Rectangle::new([(from, lane - height), (until, lane + height)], colour.filled())
            }))?;
        }
    }
    Ok(())
}

/// Returns the name whose lane has its middle at `y`, if any.
fn name_of(names: &[&str], y: f64) -> String {
    let lanes = (0_u32..).map(f64::from).zip(names);
    let found = lanes.into_iter().find(|(lane, _)| (lane - y).abs() < 0.1);
    found.map_or(String::new(), |(_, name)| (*name).to_owned())
}
