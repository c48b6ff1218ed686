//! The text that Prometheus scrapes.

use std::fmt::{self, Write};
use std::mem;

use crate::exporter::Exporter;
use crate::instrument::{Instrument, Kind};
use crate::value::{Sample, Value};

/// The `Content-Type` of [`Exporter::prometheus_text`].
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

impl Exporter {
    /// Returns all metrics in the [text
    /// format](https://prometheus.io/docs/instrumenting/exposition_formats/) of Prometheus, in a
    /// fixed order, for a route such as `/metrics`. Programs with metrics of their own append this
    /// text to theirs: no name clashes, since all names here begin with `breakerbox_`.
    ///
    /// ```
    /// use breaker_core::Registry;
    /// use breaker_metrics::Exporter;
    ///
    /// let text = Exporter::new(&Registry::new()).prometheus_text();
    /// assert!(text.starts_with("# HELP breakerbox_conflicts "));
    /// ```
    #[must_use]
    pub fn prometheus_text(&self) -> String {
        let reading = self.read();
        let mut text = String::new();
        for instrument in Instrument::ALL {
            let name = instrument.prometheus_name();
            let mut is_first = true;
            reading.measure(instrument, &mut |sample| {
                if mem::take(&mut is_first) {
                    push_header(&mut text, instrument, &name);
                }
                push_sample(&mut text, &name, sample);
            });
        }
        text
    }
}

fn push_header(text: &mut String, instrument: Instrument, name: &str) {
    let kind = match instrument.kind() {
        Kind::Counter => "counter",
        Kind::UpDownCounter | Kind::Gauge => "gauge",
    };
    let description = instrument.description();
    push(text, format_args!("# HELP {name} {description}\n# TYPE {name} {kind}\n"));
}

fn push_sample(text: &mut String, name: &str, sample: Sample<'_>) {
    text.push_str(name);
    for (at, (attribute, value)) in sample.attributes.iter().enumerate() {
        text.push(if at == 0 { '{' } else { ',' });
        text.push_str(attribute.prometheus_name());
        text.push_str("=\"");
        push_escaped(text, value);
        text.push('"');
    }
    if !sample.attributes.is_empty() {
        text.push('}');
    }
    match sample.value {
        Value::Count(count) => push(text, format_args!(" {count}\n")),
        Value::Real(real) => push(text, format_args!(" {real}\n")),
    }
}

fn push(text: &mut String, what: fmt::Arguments<'_>) {
    // Writing to a string never fails.
    let _ = text.write_fmt(what);
}

/// Appends a label's value: any text, with three characters escaped.
fn push_escaped(text: &mut String, value: &str) {
    for character in value.chars() {
        match character {
            '\\' => text.push_str("\\\\"),
            '"' => text.push_str("\\\""),
            '\n' => text.push_str("\\n"),
            _ => text.push(character),
        }
    }
}
