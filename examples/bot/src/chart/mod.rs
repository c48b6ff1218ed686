//! The runs over time, as a picture: a column for each scenario.

use std::error::Error;

use plotters::prelude::*;

use crate::run::Run;
use crate::scenario::{Scenario, Script};

mod breakers;
mod panel;
mod rates;
mod turns;

/// What a column shows.
#[derive(Debug)]
pub struct Column<'r> {
    /// What went wrong.
    pub scenario: Scenario,
    /// When.
    pub script: Script,
    /// The run with breakers.
    pub with: &'r Run,
    /// The run without.
    pub without: &'r Run,
}

type Drawn = Result<(), Box<dyn Error>>;

const WIDTH: u32 = 660;
const HEIGHT: u32 = 960;

/// Draws the columns side by side. Gives the SVG.
///
/// # Errors
/// The drawing library refuses.
pub fn draw(columns: &[Column<'_>]) -> Result<String, Box<dyn Error>> {
    let mut svg = String::new();
    {
        let width = WIDTH * u32::try_from(columns.len().max(1))?;
        let root = SVGBackend::with_string(&mut svg, (width, HEIGHT)).into_drawing_area();
        root.fill(&WHITE)?;
        for (area, column) in root.split_evenly((1, columns.len().max(1))).iter().zip(columns) {
            column.draw(area)?;
        }
        root.present()?;
    }
    Ok(svg)
}

impl Column<'_> {
    fn draw(&self, area: &panel::Area<'_>) -> Drawn {
        let (head, rest) = area.split_vertically(64);
        let (first, rest) = rest.split_vertically(112);
        let (second, rest) = rest.split_vertically(196);
        let (third, rest) = rest.split_vertically(196);
        let (fourth, fifth) = rest.split_vertically(196);
        panel::title(&head, self.scenario.title, &self.script)?;
        breakers::draw(&first, self)?;
        rates::replies(&second, self)?;
        rates::requests(&third, self)?;
        turns::draw(&fourth, &self.script, "Turns with breakers, in ms", self.with)?;
        turns::draw(&fifth, &self.script, "Turns without, in ms", self.without)
    }
}
