//! What each user got, and how long it took.

use super::Drawn;
use super::panel::{AMBER, Area, BLUE, Frame, Mark, VERMILION};
use crate::load::{Answer, Run};
use crate::script::Script;

const REAL: Mark = Mark::Dot(BLUE);
const FALLBACK: Mark = Mark::Triangle(AMBER);
const ERROR: Mark = Mark::Cross(VERMILION);

/// The y axis: powers of ten, in milliseconds.
const LOWEST: f64 = -1.0;
const HIGHEST: f64 = 3.3;

pub(super) fn draw(area: &Area<'_>, script: &Script, title: &str, run: &Run) -> Drawn {
    let frame = Frame {
        title,
        unit: "wait in ms",
        y: LOWEST..HIGHEST,
        labels: 5,
        label: &|power| format!("{}", 10_f64.powf(*power)),
    };
    let legend = [
        ("real answer", REAL),
        ("fallback", FALLBACK),
        ("error", ERROR),
    ];
    let mut panel = frame.draw(area, script, &legend)?;
    panel.draw_series(run.answers.iter().map(|answer| {
        let power = (answer.latency.as_secs_f64() * 1e3)
            .log10()
            .clamp(LOWEST, HIGHEST);
        mark(answer).at((answer.due.as_secs_f64(), power))
    }))?;
    Ok(())
}

fn mark(answer: &Answer) -> Mark {
    match &answer.outcome {
        Ok(reply) if reply.is_canned() => FALLBACK,
        Ok(_) => REAL,
        Err(_) => ERROR,
    }
}
