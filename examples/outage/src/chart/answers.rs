//! The users' answers, and their latency.

use stage::chart::{AMBER, Area, Axis, BLUE, Drawn, Frame, Mark, VERMILION};

use crate::load::{Answer, Run};

/// A kind of answer: its name, its mark, and its test.
type Kind = (&'static str, Mark, fn(&Answer) -> bool);

const KINDS: [Kind; 3] = [
    ("real answer", Mark::Dot(BLUE), Answer::is_real),
    ("fallback", Mark::Triangle(AMBER), Answer::is_fallback),
    ("error", Mark::Cross(VERMILION), Answer::is_error),
];

/// The y axis: powers of ten, in milliseconds.
const LOWEST: f64 = -1.0;
const HIGHEST: f64 = 3.3;

pub(super) fn draw(area: &Area<'_>, axis: &Axis, title: &str, run: &Run) -> Drawn {
    let frame = Frame {
        title,
        unit: "wait in ms",
        y: LOWEST..HIGHEST,
        labels: 5,
        label: &|power| format!("{}", 10_f64.powf(*power)),
    };
    let legend = KINDS.map(|(name, mark, belongs)| {
        let count = run.answers.iter().filter(|answer| belongs(answer)).count();
        (format!("{name}: {count}"), mark)
    });
    let mut panel = frame.draw(area, axis, &legend)?;
    for (_, mark, belongs) in KINDS {
        let answers = run.answers.iter().filter(|answer| belongs(answer));
        panel.draw_series(answers.map(|answer| mark.at(place(answer))))?;
    }
    Ok(())
}

fn place(answer: &Answer) -> (f64, f64) {
    let power = (answer.latency.as_secs_f64() * 1e3).log10();
    (answer.due.as_secs_f64(), power.clamp(LOWEST, HIGHEST))
}
