//! The two runs over time, as a picture.

use std::error::Error;
use std::time::Duration;

use stage::chart::{BLUE, Bars, GREY, Series, picture, title};

use super::report::{Pair, Run};
use crate::chart::axis;

const SIZE: (u32, u32) = (1200, 320);

/// Draws both runs side by side, on one scale. Returns the SVG.
pub(super) fn draw(size: u16, pair: &Pair) -> Result<String, Box<dyn Error>> {
    let heads = [
        format!("{size} processes, each with a breaker of its own"),
        format!("{size} processes that share one state by Redis"),
    ];
    let runs = [(&pair.local, GREY), (&pair.fleet, BLUE)];
    let panels = runs.map(|(run, colour)| (axis(&run.script), bars(run, colour)));
    let highest = panels.iter().map(|(axis, bars)| bars.highest(axis)).fold(1.0, f64::max);
    picture(SIZE, |root| {
        let areas = root.split_evenly((1, 2));
        for ((area, head), (axis, bars)) in areas.iter().zip(&heads).zip(&panels) {
            let (above, below) = area.split_vertically(62);
            title(&above, head, axis)?;
            bars.draw(&below, axis, highest)?;
        }
        Ok(())
    })
}

fn bars(run: &Run, colour: plotters::style::RGBColor) -> Bars<'static> {
    let legend = format!("{} on the sick service", run.calls_on_the_sick());
    let times = run.received.clone();
    Bars {
        title: "Calls on the service per second",
        unit: "calls",
        slice: Duration::from_secs(1),
        series: vec![Series { legend, colour, strength: 0.35, times }],
    }
}
