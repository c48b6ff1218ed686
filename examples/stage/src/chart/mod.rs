//! Pictures of runs: panels over one axis of time.
//!
//! The colours are from Okabe and Ito's palette, which colour-blind eyes can tell apart. No meaning
//! hangs on a colour alone: marks differ in shape, and states and phases in place and label.

use std::error::Error;
use std::ops::Range;
use std::time::Duration;

use plotters::coord::Shift;
use plotters::prelude::*;

mod bars;
mod frame;
mod legend;

pub use self::bars::{Bars, Series};
pub use self::frame::{Frame, Panel, title};
pub use self::legend::Mark;

/// A part of a picture.
pub type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
/// The result of drawing.
pub type Drawn = Result<(), Box<dyn Error>>;

/// Blue: with a breaker.
pub const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xb2);
/// Amber: fallbacks, half-open.
pub const AMBER: RGBColor = RGBColor(0xe6, 0x9f, 0x00);
/// Vermilion: errors, open.
pub const VERMILION: RGBColor = RGBColor(0xc2, 0x4e, 0x00);
/// Green: closed.
pub const GREEN: RGBColor = RGBColor(0x00, 0x9e, 0x73);
/// Grey: without a breaker.
pub const GREY: RGBColor = RGBColor(0x66, 0x66, 0x66);

/// A phase of a run: its name stands above its span.
#[derive(Clone, Debug)]
pub struct Phase {
    /// The name.
    pub name: String,
    /// The time that it covers, from the start of the run.
    pub span: Range<Duration>,
    /// The colour behind the data, if it has one.
    pub shade: Option<RGBColor>,
}

/// The axis of time.
#[derive(Clone, Debug)]
pub struct Axis {
    /// The length of the run.
    pub length: Duration,
    /// The phases of the run, in order.
    pub phases: Vec<Phase>,
}

/// Draws a picture of that size in pixels by `draw`. Returns the SVG.
///
/// # Errors
/// `draw` or the drawing library fails.
pub fn picture(
    size: (u32, u32),
    draw: impl FnOnce(&Area<'_>) -> Drawn,
) -> Result<String, Box<dyn Error>> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE)?;
        draw(&root)?;
        root.present()?;
    }
    Ok(svg)
}
