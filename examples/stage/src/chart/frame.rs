//! The frame of a panel: title, axes, shades, legend.

use std::error::Error;
use std::ops::Range;

use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::{Area, Axis, Drawn, GREY, Mark, legend};

/// The place for a panel's data.
pub type Panel<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

pub(super) const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
pub(super) const FONT: &str = "sans-serif";
/// The margin left of each panel, and the room for the y labels.
const MARGIN: u32 = 10;
const LABELS: u32 = 84;
const LEFT: u32 = MARGIN + LABELS;
pub(super) const RIGHT: u32 = 18;
/// The room above each panel, for title and legend.
const TOP: u32 = 30;
/// The width of a label of the x axis.
const LABEL_WIDTH: u32 = 69;

/// The frame of a panel.
pub struct Frame<'f> {
    /// The title of the panel.
    pub title: &'f str,
    /// The title of the y axis.
    pub unit: &'f str,
    /// The ends of the y axis.
    pub y: Range<f64>,
    /// The approximate number of y labels.
    pub labels: usize,
    /// The label at a height.
    pub label: &'f dyn Fn(&f64) -> String,
}

impl Frame<'_> {
    /// Draws frame, shades and legend. Returns the place for the data.
    ///
    /// # Errors
    /// The drawing library refuses.
    pub fn draw<'a>(
        &self,
        area: &Area<'a>,
        axis: &Axis,
        marks: &[(String, Mark)],
    ) -> Result<Panel<'a>, Box<dyn Error>> {
        let style = (FONT, 14, FontStyle::Bold).into_font().color(&INK);
        area.draw_text(self.title, &style, (i32::try_from(LEFT)?, 10))?;
        legend::draw(area, marks)?;
        let mut panel = ChartBuilder::on(area)
            .margin_top(TOP)
            .margin_right(RIGHT)
            .margin_left(MARGIN)
            .set_label_area_size(LabelAreaPosition::Left, LABELS)
            .set_label_area_size(LabelAreaPosition::Bottom, 24)
            .build_cartesian_2d(0.0..axis.length.as_secs_f64(), self.y.clone())?;
        panel.draw_series(axis.phases.iter().filter_map(|phase| {
            let from = (phase.span.start.as_secs_f64(), self.y.start);
            let until = (phase.span.end.as_secs_f64(), self.y.end);
            Some(Rectangle::new([from, until], phase.shade?.filled()))
        }))?;
        let (width, _) = area.dim_in_pixel();
        panel
            .configure_mesh()
            .disable_x_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(INK.mix(0.12))
            .axis_style(GREY)
            .label_style((FONT, 12).into_font().color(&INK))
            .x_labels(usize::try_from(width / LABEL_WIDTH)?)
            .x_label_formatter(&|x| format!("{} s", (x * 10.0).round() / 10.0))
            .y_desc(self.unit)
            .y_labels(self.labels)
            .y_label_formatter(self.label)
            .draw()?;
        Ok(panel)
    }
}

/// Draws a title over panels, and the names of the phases over their spans.
///
/// # Errors
/// The drawing library refuses.
pub fn title(area: &Area<'_>, text: &str, axis: &Axis) -> Drawn {
    let (width, height) = area.dim_in_pixel();
    let centred = Pos::new(HPos::Center, VPos::Center);
    let style = (FONT, 18).into_font().color(&INK).pos(centred);
    area.draw_text(text, &style, (i32::try_from(width / 2)?, 20))?;

    let style = (FONT, 13).into_font().color(&INK).pos(centred);
    let strip = ChartBuilder::on(area)
        .margin_top(height - 24)
        .margin_right(RIGHT)
        .margin_left(LEFT)
        .build_cartesian_2d(0.0..axis.length.as_secs_f64(), 0.0..1.0)?;
    for phase in &axis.phases {
        let (from, until) = (phase.span.start.as_secs_f64(), phase.span.end.as_secs_f64());
        let place = (f64::midpoint(from, until), 0.5);
        strip.plotting_area().draw(&Text::new(phase.name.clone(), place, style.clone()))?;
    }
    Ok(())
}
