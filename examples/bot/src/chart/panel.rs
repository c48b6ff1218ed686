//! What all panels have in common: frame, axis of time, shade, legend.
//!
//! The colours are from Okabe and Ito's palette, which colour-blind eyes can tell
//! apart. No meaning hangs on a colour alone: marks differ in shape, states in height.

use std::error::Error;
use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::element::DynElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Drawn;
use crate::scenario::Script;

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Panel<'a> =
    ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

pub(super) const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xb2);
pub(super) const AMBER: RGBColor = RGBColor(0xe6, 0x9f, 0x00);
pub(super) const VERMILION: RGBColor = RGBColor(0xc2, 0x4e, 0x00);
pub(super) const GREY: RGBColor = RGBColor(0x66, 0x66, 0x66);

const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
const SICK: RGBColor = RGBColor(0xf7, 0xe4, 0xe4);
const FONT: &str = "sans-serif";
/// Left of each panel: a margin, and room for the labels of its y axis.
const MARGIN: u32 = 10;
const LABELS: u32 = 84;
const LEFT: u32 = MARGIN + LABELS;
const RIGHT: u32 = 18;
/// Above each panel: room for its title and legend.
const TOP: u32 = 30;

/// How a panel is framed.
pub(super) struct Frame<'f> {
    pub(super) title: &'f str,
    pub(super) y: Range<f64>,
    /// The labels of the y axis, about so many.
    pub(super) labels: usize,
    pub(super) label: &'f dyn Fn(&f64) -> String,
}

impl Frame<'_> {
    /// Draws frame, shade and legend; gives the place for the data.
    pub(super) fn draw<'a>(
        &self,
        area: &Area<'a>,
        script: &Script,
        legend: &[(String, Mark)],
    ) -> Result<Panel<'a>, Box<dyn Error>> {
        let style = (FONT, 14, FontStyle::Bold).into_font().color(&INK);
        area.draw_text(self.title, &style, (i32::try_from(LEFT)?, 10))?;
        draw_legend(area, legend)?;
        let mut panel = ChartBuilder::on(area)
            .margin_top(TOP)
            .margin_right(RIGHT)
            .margin_left(MARGIN)
            .set_label_area_size(LabelAreaPosition::Left, LABELS)
            .set_label_area_size(LabelAreaPosition::Bottom, 24)
            .build_cartesian_2d(0.0..script.length().as_secs_f64(), self.y.clone())?;
        let sick = script.sick();
        let corner = (sick.start.as_secs_f64(), self.y.start);
        let other = (sick.end.as_secs_f64(), self.y.end);
        panel.draw_series([Rectangle::new([corner, other], SICK.filled())])?;
        panel
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(INK.mix(0.12))
            .axis_style(GREY)
            .label_style((FONT, 12).into_font().color(&INK))
            .x_labels(9)
            .x_label_formatter(&|x| format!("{} s", (x * 10.0).round() / 10.0))
            .y_labels(self.labels)
            .y_label_formatter(self.label)
            .draw()?;
        Ok(panel)
    }
}

/// The column's title, and the names of the phases over their spans.
pub(super) fn title(area: &Area<'_>, text: &str, script: &Script) -> Drawn {
    let (width, height) = area.dim_in_pixel();
    let centred = Pos::new(HPos::Center, VPos::Center);
    let style = (FONT, 18).into_font().color(&INK).pos(centred);
    area.draw_text(text, &style, (i32::try_from(width / 2)?, 20))?;

    let style = (FONT, 13).into_font().color(&INK).pos(centred);
    let strip = ChartBuilder::on(area)
        .margin_top(height - 24)
        .margin_right(RIGHT)
        .margin_left(LEFT)
        .build_cartesian_2d(0.0..script.length().as_secs_f64(), 0.0..1.0)?;
    let phases = [
        ("service well", script.healthy()),
        ("service sick", script.sick()),
        ("service well again", script.recovered()),
    ];
    for (name, span) in phases {
        let middle = f64::midpoint(span.start.as_secs_f64(), span.end.as_secs_f64());
        strip.plotting_area().draw(&Text::new(name, (middle, 0.5), style.clone()))?;
    }
    Ok(())
}

/// How one kind of thing is drawn.
#[derive(Clone, Copy)]
pub(super) enum Mark {
    Dot(RGBColor),
    Triangle(RGBColor),
    Cross(RGBColor),
    Disc(RGBColor),
}

impl Mark {
    /// The mark, at a place of the data or of the picture.
    pub(super) fn at<'a, C: Clone + 'static>(
        self,
        place: C,
    ) -> DynElement<'static, SVGBackend<'a>, C> {
        match self {
            Mark::Dot(colour) => Circle::new(place, 2, colour.filled()).into_dyn(),
            Mark::Triangle(colour) => TriangleMarker::new(place, 4, colour.filled()).into_dyn(),
            Mark::Cross(colour) => Cross::new(place, 3, colour.stroke_width(1)).into_dyn(),
            Mark::Disc(colour) => Circle::new(place, 5, colour.filled()).into_dyn(),
        }
    }
}

/// One row at the top, on the right.
fn draw_legend(area: &Area<'_>, legend: &[(String, Mark)]) -> Drawn {
    let style = (FONT, 13).into_font().color(&INK).pos(Pos::new(HPos::Left, VPos::Center));
    let mut right = i32::try_from(area.dim_in_pixel().0 - RIGHT)?;
    for (text, mark) in legend.iter().rev() {
        // There is no font to measure with; this is wide enough for most.
        right -= 24 + i32::try_from(text.len() * 13 / 2)?;
        area.draw(&mark.at((right + 6, 17)))?;
        area.draw_text(text, &style, (right + 14, 17))?;
    }
    Ok(())
}
