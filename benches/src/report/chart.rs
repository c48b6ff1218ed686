//! A picture of one path for all peers: a dot for one thread, and a triangle for each of two
//! threads, over a logarithmic scale.

use std::error::Error;
use std::ops::Range;

use plotters::coord::Shift;
use plotters::coord::combinators::LogCoord;
use plotters::coord::types::RangedCoordf64;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::versions;
use crate::case::{Case, Form, Group, Path, Policy};
use crate::findings::{Findings, Measure};

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Panel<'a> = ChartContext<'a, SVGBackend<'a>, Cartesian2d<LogCoord<f64>, RangedCoordf64>>;
type Drawn = Result<(), Box<dyn Error>>;

/// The palette of Okabe and Ito, as in the other pictures.
const BLUE: RGBColor = RGBColor(0x00, 0x72, 0xb2);
const VERMILION: RGBColor = RGBColor(0xc2, 0x4e, 0x00);
const GREY: RGBColor = RGBColor(0x66, 0x66, 0x66);
const INK: RGBColor = RGBColor(0x22, 0x22, 0x22);
const FONT: &str = "sans-serif";

const WIDTH: u32 = 960;
const ROW: u32 = 22;
const TOP: u32 = 56;
const BOTTOM: u32 = 34;
/// The width for the names.
const NAMES: u32 = 370;
const RIGHT: u32 = 44;

/// A peer under a policy.
struct ChartRow {
    name: String,
    one: f64,
    two: Option<f64>,
}

pub(super) fn draw(
    cases: &[Case],
    findings: &Findings,
    path: Path,
) -> Result<String, Box<dyn Error>> {
    let rows = rows(cases, findings, path);
    let height = TOP + BOTTOM + ROW * u32::try_from(rows.len())?;
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (WIDTH, height)).into_drawing_area();
        root.fill(&WHITE)?;
        head(&root, path)?;
        let count = f64::from(u32::try_from(rows.len())?);
        let mut panel = ChartBuilder::on(&root)
            .margin_top(TOP)
            .margin_left(NAMES)
            .margin_right(RIGHT)
            .set_label_area_size(LabelAreaPosition::Bottom, BOTTOM)
            .build_cartesian_2d(range(&rows).log_scale(), 0.0..count)?;
        panel
            .configure_mesh()
            .disable_y_axis()
            .disable_y_mesh()
            .light_line_style(TRANSPARENT)
            .bold_line_style(INK.mix(0.15))
            .axis_style(GREY)
            .label_style((FONT, 13).into_font().color(&INK))
            .x_label_formatter(&|ns| format!("{ns} ns"))
            .draw()?;
        for (number, row) in rows.iter().enumerate() {
            // The first row is at the top.
            let y = count - f64::from(u32::try_from(number)?) - 0.5;
            draw_row(&root, &mut panel, row, number, y)?;
        }
        root.present()?;
    }
    Ok(svg)
}

/// The rows that were timed: of sync and async the first, and for ours both.
fn rows(cases: &[Case], findings: &Findings, path: Path) -> Vec<ChartRow> {
    let is_larger = |case: &Case| {
        matches!(case.policy, Policy::CountWindow(_)) && case.policy != Policy::COUNT_WINDOW
    };
    let of_path =
        |case: &&Case| case.group == Group::Compared && case.path == path && !is_larger(case);
    let shown: Vec<&Case> = cases.iter().filter(of_path).collect();
    let has_sync = |case: &Case| {
        shown.iter().any(|other| {
            other.form == Form::Sync && other.peer == case.peer && other.policy == case.policy
        })
    };
    let is_shown = |case: &&&Case| {
        let is_ours = case.peer == crate::peer::ANNOTATED && case.policy == Policy::Threshold;
        case.form == Form::Sync || is_ours || !has_sync(case)
    };
    shown.iter().filter(is_shown).filter_map(|case| row(case, findings)).collect()
}

fn row(case: &Case, findings: &Findings) -> Option<ChartRow> {
    let id = case.id();
    let mut name = versions::named(case.peer);
    if case.policy != Policy::None {
        name = format!("{name}, {}", case.policy);
    }
    if case.form == Form::Async {
        name += ", async";
    }
    let one = findings.value(&id, Measure::OneThread)?;
    Some(ChartRow { name, one, two: findings.value(&id, Measure::TwoThreads) })
}

/// Whole powers of ten.
fn range(rows: &[ChartRow]) -> Range<f64> {
    let times = rows.iter().flat_map(|row| [Some(row.one), row.two]).flatten();
    let (least, most) =
        times.fold((1.0_f64, 10.0_f64), |(least, most), time| (least.min(time), most.max(time)));
    10_f64.powf(least.log10().floor())..10_f64.powf(most.log10().ceil())
}

fn head(area: &Area<'_>, path: Path) -> Drawn {
    let title = match path {
        Path::Success => "Closed, a call that succeeds",
        Path::Failure => "Closed, calls that fail (one in 16 succeeds)",
        Path::Rejection => "Open, a call that is rejected",
    };
    let style = (FONT, 16, FontStyle::Bold).into_font().color(&INK);
    area.draw_text(&format!("{title}: nanoseconds"), &style, (10, 12))?;
    let style = (FONT, 14).into_font().color(&INK).pos(Pos::new(HPos::Left, VPos::Center));
    let x = i32::try_from(NAMES)?;
    area.draw(&Circle::new((x + 210, 22), 5, BLUE.filled()))?;
    area.draw_text("one thread", &style, (x + 222, 22))?;
    area.draw(&TriangleMarker::new((x + 330, 22), 6, VERMILION.filled()))?;
    area.draw_text("each of two on one breaker", &style, (x + 342, 22))?;
    Ok(())
}

fn draw_row(
    area: &Area<'_>,
    panel: &mut Panel<'_>,
    row: &ChartRow,
    number: usize,
    y: f64,
) -> Drawn {
    let style = (FONT, 13).into_font().color(&INK).pos(Pos::new(HPos::Right, VPos::Center));
    let middle = TOP + ROW * u32::try_from(number)? + ROW / 2;
    area.draw_text(&row.name, &style, (i32::try_from(NAMES)? - 10, i32::try_from(middle)?))?;
    if let Some(two) = row.two {
        let line = PathElement::new([(row.one, y), (two, y)], GREY.mix(0.5).stroke_width(1));
        panel.draw_series([line])?;
        panel.draw_series([TriangleMarker::new((two, y), 5, VERMILION.filled())])?;
    }
    panel.draw_series([Circle::new((row.one, y), 4, BLUE.filled())])?;
    Ok(())
}
