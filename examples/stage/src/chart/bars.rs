//! A panel that shows how often something happens over time.

use std::time::Duration;

use plotters::prelude::*;

use super::{Area, Axis, Drawn, Frame, Mark};

/// A panel of bars, whose series are drawn over each other, the first one lowest.
#[derive(Clone, Debug)]
pub struct Bars<'b> {
    /// The title of the panel.
    pub title: &'b str,
    /// The title of the y axis.
    pub unit: &'b str,
    /// The time that each bar counts, longer than zero.
    pub slice: Duration,
    /// The things that are counted.
    pub series: Vec<Series>,
}

/// One kind of thing in a panel of [`Bars`].
#[derive(Clone, Debug)]
pub struct Series {
    /// The line of the legend.
    pub legend: String,
    /// The colour of the line along the tops of the bars.
    pub colour: RGBColor,
    /// The strength of the colour below that line, 0 to 1.
    pub strength: f64,
    /// The times to count.
    pub times: Vec<Duration>,
}

impl Bars<'_> {
    /// Draws the panel. The y axis ends a little above the highest bar, or above `at_least`, by
    /// which panels can share a scale.
    ///
    /// # Errors
    /// The drawing library refuses.
    pub fn draw(&self, area: &Area<'_>, axis: &Axis, at_least: f64) -> Drawn {
        let frame = Frame {
            title: self.title,
            unit: self.unit,
            y: 0.0..self.highest(axis).max(at_least) * 1.15,
            labels: 5,
            label: &|count| format!("{count:.0}"),
        };
        let marks = self.series.iter().map(|one| (one.legend.clone(), Mark::Disc(one.colour)));
        let mut panel = frame.draw(area, axis, &marks.collect::<Vec<_>>())?;
        for one in &self.series {
            let tops = tops(&one.times, self.slice, axis.length);
            let bars = AreaSeries::new(tops, 0.0, one.colour.mix(one.strength));
            panel.draw_series(bars.border_style(one.colour.stroke_width(2)))?;
        }
        Ok(())
    }

    /// Returns the height of the highest bar, at least 1.
    #[must_use]
    pub fn highest(&self, axis: &Axis) -> f64 {
        let tops = self.series.iter().flat_map(|one| tops(&one.times, self.slice, axis.length));
        tops.map(|(_, count)| count).fold(1.0, f64::max)
    }
}

/// Returns the tops of the bars as one line.
fn tops(times: &[Duration], slice: Duration, length: Duration) -> Vec<(f64, f64)> {
    let mut tops = Vec::new();
    let mut from = Duration::ZERO;
    while from < length {
        let until = (from + slice).min(length);
        let count = times.iter().filter(|at| (from..until).contains(at)).count();
        let height = f64::from(u32::try_from(count).unwrap_or(u32::MAX));
        tops.extend([(from.as_secs_f64(), height), (until.as_secs_f64(), height)]);
        from = until;
    }
    tops
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn bars_count_a_time_at_their_start_and_none_at_their_end() {
        let times = [Duration::ZERO, SECOND / 2, SECOND, SECOND * 3];
        let line = [(0.0, 2.0), (1.0, 2.0), (1.0, 1.0), (2.0, 1.0), (2.0, 0.0), (3.0, 0.0)];
        assert_eq!(tops(&times, SECOND, SECOND * 3), line);
    }

    #[test]
    fn last_bar_ends_with_the_run() {
        let tops = tops(&[SECOND], SECOND * 2, SECOND * 3);
        assert_eq!(tops, [(0.0, 1.0), (2.0, 1.0), (2.0, 0.0), (3.0, 0.0)]);
    }
}
