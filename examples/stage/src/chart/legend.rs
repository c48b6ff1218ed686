//! The legend: one row at the top of a panel, on the right.

use plotters::element::DynElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::frame::{FONT, INK, RIGHT};
use super::{Area, Drawn};

/// The mark of one kind of thing.
#[derive(Clone, Copy, Debug)]
pub enum Mark {
    /// A small dot.
    Dot(RGBColor),
    /// A triangle.
    Triangle(RGBColor),
    /// A cross.
    Cross(RGBColor),
    /// A large dot.
    Disc(RGBColor),
}

impl Mark {
    /// Returns the mark at a place of the data or of the picture.
    #[must_use]
    pub fn at<'a, C: Clone + 'static>(self, place: C) -> DynElement<'static, SVGBackend<'a>, C> {
        match self {
            Mark::Dot(colour) => Circle::new(place, 2, colour.filled()).into_dyn(),
            Mark::Triangle(colour) => TriangleMarker::new(place, 4, colour.filled()).into_dyn(),
            Mark::Cross(colour) => Cross::new(place, 3, colour.stroke_width(1)).into_dyn(),
            Mark::Disc(colour) => Circle::new(place, 5, colour.filled()).into_dyn(),
        }
    }
}

pub(super) fn draw(area: &Area<'_>, marks: &[(String, Mark)]) -> Drawn {
    let style = (FONT, 13).into_font().color(&INK).pos(Pos::new(HPos::Left, VPos::Center));
    let mut right = i32::try_from(area.dim_in_pixel().0 - RIGHT)?;
    for (text, mark) in marks.iter().rev() {
        // No font is there to measure; this width is enough for most.
        right -= 24 + i32::try_from(text.len() * 13 / 2)?;
        area.draw(&mark.at((right + 6, 17)))?;
        area.draw_text(text, &style, (right + 14, 17))?;
    }
    Ok(())
}
