//! The latency and the worth of each turn.

use stage::chart::{AMBER, Area, Axis, BLUE, Drawn, Frame, Mark, VERMILION};

use crate::crowd::{Turn, Worth};
use crate::run::Run;

const KINDS: [(&str, Mark, Worth); 3] = [
    ("as always", Mark::Dot(BLUE), Worth::Real),
    ("makeshift", Mark::Triangle(AMBER), Worth::Makeshift),
    ("failed", Mark::Cross(VERMILION), Worth::Error),
];

/// The y axis: powers of ten, in milliseconds.
const LOWEST: f64 = 1.0;
const HIGHEST: f64 = 4.0;

pub(super) fn draw(area: &Area<'_>, axis: &Axis, title: &str, run: &Run) -> Drawn {
    let frame = Frame {
        title,
        unit: "",
        y: LOWEST..HIGHEST,
        labels: 4,
        label: &|power| format!("{}", 10_f64.powf(*power).round()),
    };
    let of = |worth| run.turns.iter().filter(move |turn| turn.worth == worth);
    let legend = KINDS.map(|(name, mark, worth)| (format!("{name}: {}", of(worth).count()), mark));
    let mut panel = frame.draw(area, axis, &legend)?;
    for (_, mark, worth) in KINDS {
        // The last turns end after the script.
        let inside = of(worth).filter(|turn| turn.end() <= axis.length);
        panel.draw_series(inside.map(|turn| mark.at(place(turn))))?;
    }
    Ok(())
}

fn place(turn: &Turn) -> (f64, f64) {
    let power = (turn.latency.as_secs_f64() * 1e3).log10();
    (turn.end().as_secs_f64(), power.clamp(LOWEST, HIGHEST))
}
