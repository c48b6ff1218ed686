//! The elements of an SVG document.

use std::fmt::Write;

/// A picture that grows by elements.
#[derive(Debug, Default)]
pub(super) struct Canvas {
    elements: String,
}

impl Canvas {
    /// Writes a text. `anchor` is `start`, `middle` or `end`.
    pub(super) fn text(&mut self, (x, y): (f64, f64), class: &str, anchor: &str, text: &str) {
        let text = escaped(text);
        self.add(format_args!(
            r#"<text class="{class}" x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{text}</text>"#
        ));
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let ((x1, y1), (x2, y2)) = (from, to);
        self.add(format_args!(
            r#"<line class="{class}" x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}"/>"#
        ));
    }

    /// Draws a rectangle from its upper left corner. `opacity` is 0 to 1.
    pub(super) fn rectangle(
        &mut self,
        (x, y): (f64, f64),
        (width, height): (f64, f64),
        class: &str,
        opacity: f64,
    ) {
        let faint =
            if opacity < 1.0 { format!(r#" fill-opacity="{opacity:.2}""#) } else { String::new() };
        self.add(format_args!(
            r#"<rect class="{class}" x="{x:.1}" y="{y:.1}" width="{width:.2}" height="{height:.1}"{faint}/>"#
        ));
    }

    /// Draws a disc, with a text that a pointer shows.
    pub(super) fn disc(&mut self, (x, y): (f64, f64), radius: f64, class: &str, tip: &str) {
        let tip = escaped(tip);
        self.add(format_args!(
            r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="{radius}"><title>{tip}</title></circle>"#
        ));
    }

    /// Draws a line through points.
    pub(super) fn path(&mut self, points: &[(f64, f64)], class: &str) {
        let points: Vec<_> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        self.add(format_args!(r#"<polyline class="{class}" points="{}"/>"#, points.join(" ")));
    }

    /// Fills bars that stand side by side. A bar has its left end, its right end, its bottom and its
    /// top; one without height is left out.
    pub(super) fn bars(&mut self, bars: impl Iterator<Item = [f64; 4]>, class: &str) {
        let mut path = String::new();
        for [left, right, bottom, top] in bars.filter(|[_, _, bottom, top]| bottom > top) {
            let _ = write!(path, "M{left:.2} {bottom:.1}V{top:.1}H{right:.2}V{bottom:.1}z");
        }
        if !path.is_empty() {
            self.add(format_args!(r#"<path class="{class}" d="{path}"/>"#));
        }
    }

    fn add(&mut self, element: std::fmt::Arguments<'_>) {
        let _ = writeln!(self.elements, "{element}");
    }

    /// Returns the document, on paper of that size.
    pub(super) fn document(&self, (width, height): (f64, f64), style: &str) -> String {
        let view = format!("0 0 {width:.0} {height:.0}");
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"{view}\" width=\"{width:.0}\" \
             height=\"{height:.0}\">\n<style>{style}</style>\n\
             <rect class=\"paper\" width=\"100%\" height=\"100%\"/>\n{}</svg>\n",
            self.elements
        )
    }
}

/// Returns the text with the characters escaped that XML has a use for, and without those that it
/// forbids.
fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            _ if character.is_control() || matches!(character, '\u{fffe}' | '\u{ffff}') => {
                safe.push('\u{fffd}');
            }
            _ => safe.push(character),
        }
    }
    safe
}
