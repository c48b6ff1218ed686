//! The two runs over time, as a picture.

use std::error::Error;

use plotters::style::RGBColor;
use stage::chart::{Axis, picture, title};

use crate::load::Run;
use crate::script::{Phase, Script};
use crate::timeline::Timeline;

mod answers;
mod calls;
mod states;

const SIZE: (u32, u32) = (900, 860);

/// Draws both runs, panel below panel over one axis of time. Returns the SVG.
pub(crate) fn draw(
    script: &Script,
    rate: u32,
    timeline: &Timeline,
    with: &Run,
    without: &Run,
) -> Result<String, Box<dyn Error>> {
    let axis = &axis(script);
    picture(SIZE, |root| {
        let (head, rest) = root.split_vertically(62);
        let (first, rest) = rest.split_vertically(124);
        let (second, rest) = rest.split_vertically(204);
        let (third, fourth) = rest.split_vertically(218);
        title(&head, "One outage, with a circuit breaker and without", axis)?;
        states::draw(&first, axis, timeline)?;
        calls::draw(&second, axis, script, rate, [with, without])?;
        answers::draw(&third, axis, "With the breaker: what each user got", with)?;
        answers::draw(&fourth, axis, "Without: what each user got", without)
    })
}

pub(crate) fn axis(script: &Script) -> Axis {
    let phases = script.phases().map(|(phase, span)| stage::chart::Phase {
        name: format!("service {phase}"),
        span,
        shade: match phase {
            Phase::Overloaded => Some(RGBColor(0xff, 0xf1, 0xcc)),
            Phase::Down => Some(RGBColor(0xf3, 0xd9, 0xd9)),
            Phase::Healthy | Phase::Recovered => None,
        },
    });
    Axis { length: script.length(), phases: phases.collect() }
}
