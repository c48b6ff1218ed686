//! The runs over time, as a picture: a column for each scenario.

use std::error::Error;

use plotters::style::RGBColor;
use stage::chart::{Area, Axis, Drawn, Phase, picture, title};

use crate::run::Run;
use crate::scenario::{Scenario, Script};

mod breakers;
mod rates;
mod turns;

/// A column's data.
#[derive(Debug)]
pub struct Column<'r> {
    /// The scenario.
    pub scenario: Scenario,
    /// The script.
    pub script: Script,
    /// The run with breakers.
    pub with: &'r Run,
    /// The run without breakers.
    pub without: &'r Run,
}

const WIDTH: u32 = 660;
const HEIGHT: u32 = 960;

/// Draws the columns side by side. Returns the SVG.
///
/// # Errors
/// The drawing library refuses.
pub fn draw(columns: &[Column<'_>]) -> Result<String, Box<dyn Error>> {
    let count = columns.len().max(1);
    picture((WIDTH * u32::try_from(count)?, HEIGHT), |root| {
        root.split_evenly((1, count)).iter().zip(columns).try_for_each(|(area, one)| one.draw(area))
    })
}

impl Column<'_> {
    fn draw(&self, area: &Area<'_>) -> Drawn {
        let axis = &self.axis();
        let (head, rest) = area.split_vertically(64);
        let (first, rest) = rest.split_vertically(112);
        let (second, rest) = rest.split_vertically(196);
        let (third, rest) = rest.split_vertically(196);
        let (fourth, fifth) = rest.split_vertically(196);
        title(&head, self.scenario.title, axis)?;
        breakers::draw(&first, axis, self)?;
        rates::replies(&second, axis, self)?;
        rates::requests(&third, axis, self)?;
        turns::draw(&fourth, axis, "Turns with breakers, in ms", self.with)?;
        turns::draw(&fifth, axis, "Turns without, in ms", self.without)
    }

    fn axis(&self) -> Axis {
        let phases = [
            ("service well", self.script.healthy(), None),
            ("service sick", self.script.sick(), Some(RGBColor(0xf7, 0xe4, 0xe4))),
            ("service well again", self.script.recovered(), None),
        ];
        let phase = |(name, span, shade): (&str, _, _)| Phase { name: name.into(), span, shade };
        Axis { length: self.script.length(), phases: phases.map(phase).into() }
    }
}
