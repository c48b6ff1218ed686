//! The two runs over time, as a picture.

use std::error::Error;

use plotters::prelude::*;

use crate::load::Run;
use crate::script::Script;
use crate::timeline::Timeline;

mod answers;
mod calls;
mod panel;
mod states;

const SIZE: (u32, u32) = (900, 860);

type Drawn = Result<(), Box<dyn Error>>;

/// Draws both runs, panel below panel over one axis of time. Gives the SVG.
pub(crate) fn draw(
    script: &Script,
    rate: u32,
    timeline: &Timeline,
    with: &Run,
    without: &Run,
) -> Result<String, Box<dyn Error>> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        root.fill(&WHITE)?;
        let (head, rest) = root.split_vertically(62);
        let (first, rest) = rest.split_vertically(124);
        let (second, rest) = rest.split_vertically(204);
        let (third, fourth) = rest.split_vertically(218);
        panel::title(&head, script)?;
        states::draw(&first, script, timeline)?;
        calls::draw(&second, script, rate, [with, without])?;
        answers::draw(&third, script, "With the breaker: what each user got", with)?;
        answers::draw(&fourth, script, "Without: what each user got", without)?;
        root.present()?;
    }
    Ok(svg)
}
