//! What all panels have in common: frame, axis of time, shades, legend.
//!
//! The colours are from Okabe and Ito's palette, which colour-blind eyes can
//! tell apart. No meaning hangs on a colour alone: marks differ in shape, and
//! states and phases in place and label.

use std::error::Error;
use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::types::RangedCoordf64;
use plotters::element::DynElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::Drawn;
use crate::script::{Phase, Script};

pub(super) type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
pub(super) type Panel<'a> =
    ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

pub(super) const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xb2);
pub(super) const AMBER: RGBColor = RGBColor(0xe6, 0x9f, 0x00);
pub(super) const VERMILION: RGBColor = RGBColor(0xc2, 0x4e, 0x00);
pub(super) const GREEN: RGBColor = RGBColor(0x00, 0x9e, 0x73);
pub(super) const GREY: RGBColor = RGBColor(0x66, 0x66, 0x66);

const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
const FONT: &str = "sans-serif";
/// Left of each panel: a margin, and room for the labels of its y axis.
const MARGIN: u32 = 10;
const LABELS: u32 = 76;
const LEFT: u32 = MARGIN + LABELS;
const RIGHT: u32 = 18;
/// Above each panel: room for its title and legend.
const TOP: u32 = 30;

/// How a panel is framed.
pub(super) struct Frame<'f> {
    pub(super) title: &'f str,
    /// The title of the y axis.
    pub(super) unit: &'f str,
    pub(super) y: Range<f64>,
    /// The labels of the y axis, about so many.
    pub(super) labels: usize,
    pub(super) label: &'f dyn Fn(&f64) -> String,
}

impl Frame<'_> {
    /// Draws frame, shades and legend; gives the place for the data.
    pub(super) fn draw<'a>(
        &self,
        area: &Area<'a>,
        script: &Script,
        legend: &[(String, Mark)],
    ) -> Result<Panel<'a>, Box<dyn Error>> {
        let style = (FONT, 15, FontStyle::Bold).into_font().color(&INK);
        area.draw_text(self.title, &style, (i32::try_from(LEFT)?, 9))?;
        draw_legend(area, legend)?;
        let seconds = script.length().as_secs_f64();
        let mut panel = ChartBuilder::on(area)
            .margin_top(TOP)
            .margin_right(RIGHT)
            .margin_left(MARGIN)
            .set_label_area_size(LabelAreaPosition::Left, LABELS)
            .set_label_area_size(LabelAreaPosition::Bottom, 24)
            .build_cartesian_2d(0.0..seconds, self.y.clone())?;
        shade(&mut panel, script, &self.y)?;
        panel
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(INK.mix(0.12))
            .axis_style(GREY)
            .label_style((FONT, 13).into_font().color(&INK))
            .x_labels(13)
            .x_label_formatter(&|x| format!("{} s", (x * 10.0).round() / 10.0))
            .y_desc(self.unit)
            .y_labels(self.labels)
            .y_label_formatter(self.label)
            .draw()?;
        Ok(panel)
    }
}

/// The picture's title and the names of the phases over their spans.
pub(super) fn title(area: &Area<'_>, script: &Script) -> Drawn {
    let (width, height) = area.dim_in_pixel();
    let centred = Pos::new(HPos::Center, VPos::Center);
    let style = (FONT, 19).into_font().color(&INK).pos(centred);
    let middle = i32::try_from(width / 2)?;
    area.draw_text("One outage, with a circuit breaker and without", &style, (middle, 18))?;

    let style = (FONT, 14).into_font().color(&INK).pos(centred);
    let strip = ChartBuilder::on(area)
        .margin_top(height - 24)
        .margin_right(RIGHT)
        .margin_left(LEFT)
        .build_cartesian_2d(0.0..script.length().as_secs_f64(), 0.0..1.0)?;
    for (phase, span) in script.phases() {
        let middle = f64::midpoint(span.start.as_secs_f64(), span.end.as_secs_f64());
        let text = format!("service {phase}");
        strip.plotting_area().draw(&Text::new(text, (middle, 0.5), style.clone()))?;
    }
    Ok(())
}

fn shade(panel: &mut Panel<'_>, script: &Script, y: &Range<f64>) -> Drawn {
    let colour = |phase| match phase {
        Phase::Overloaded => Some(RGBColor(0xff, 0xf1, 0xcc)),
        Phase::Down => Some(RGBColor(0xf3, 0xd9, 0xd9)),
        Phase::Healthy | Phase::Recovered => None,
    };
    panel.draw_series(script.phases().filter_map(|(phase, span)| {
        let from = (span.start.as_secs_f64(), y.start);
        let until = (span.end.as_secs_f64(), y.end);
        Some(Rectangle::new([from, until], colour(phase)?.filled()))
    }))?;
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
    let style = (FONT, 14).into_font().color(&INK).pos(Pos::new(HPos::Left, VPos::Center));
    let mut right = area.dim_in_pixel().0 - RIGHT;
    for (text, mark) in legend.iter().rev() {
        // There is no font to measure with; this is wide enough for any.
        right -= 26 + 7 * u32::try_from(text.len())?;
        let x = i32::try_from(right)?;
        area.draw(&mark.at((x + 6, 17)))?;
        area.draw_text(text, &style, (x + 14, 17))?;
    }
    Ok(())
}
