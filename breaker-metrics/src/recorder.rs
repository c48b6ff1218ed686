//! Publishes metrics to the recorder of the crate `metrics`.

use std::collections::HashSet;
use std::mem;
use std::sync::PoisonError;

use metrics::{Key, Label, Level, Metadata, Recorder, Unit};

use crate::exporter::Exporter;
use crate::instrument::{Attribute, Instrument, Kind};
use crate::value::{Sample, Value};

const METADATA: Metadata<'static> =
    Metadata::new("breaker_metrics", Level::INFO, Some("breaker_metrics"));

/// The last published series, without counters.
pub(crate) type Published = HashSet<Key>;

impl Exporter {
    /// Publishes all metrics to the installed recorder, or to the local one of this thread.
    ///
    /// The crate `metrics` never asks for values, so the program calls this repeatedly: right
    /// before it renders, or every few seconds. Names are those of [`Instrument::name`]; with
    /// `metrics-exporter-prometheus` and its `with_recommended_naming` they become those of our own
    /// [text](Exporter::prometheus_text). Time in states is rounded down to whole seconds, since
    /// counters are integers in `metrics`.
    ///
    /// A recorder cannot be told that a series has ended. So the status of a removed breaker is set
    /// to 0, and so is any other value that no longer exists, such as the rest of a cooldown that
    /// is over. To end such series, set the recorder's idle time-out.
    ///
    /// ```
    /// use std::time::Duration;
    /// use breaker_core::Registry;
    /// use breaker_metrics::Exporter;
    ///
    /// let exporter = Exporter::new(&Registry::global());
    /// exporter.publish(); // once every few seconds
    /// ```
    pub fn publish(&self) {
        // Of two publishers, the one with the older values must not be the last to write.
        let mut published = self.published.lock().unwrap_or_else(PoisonError::into_inner);
        metrics::with_recorder(|recorder| {
            for instrument in Instrument::ALL {
                describe(recorder, instrument);
            }
            let mut now = Published::with_capacity(published.len());
            self.for_each(|sample| {
                let key = key(&sample);
                match sample.instrument.kind() {
                    Kind::Counter => {
                        let counter = recorder.register_counter(&key, &METADATA);
                        counter.absolute(whole(sample.value));
                    }
                    Kind::UpDownCounter | Kind::Gauge => {
                        recorder.register_gauge(&key, &METADATA).set(sample.value.as_f64());
                        now.insert(key);
                    }
                }
            });
            for ended in mem::replace(&mut *published, now).difference(&published) {
                recorder.register_gauge(ended, &METADATA).set(0.0);
            }
        });
    }
}

fn describe(recorder: &dyn Recorder, instrument: Instrument) {
    let name = instrument.name().into();
    let unit = match instrument.unit() {
        "s" => Some(Unit::Seconds),
        "1" => None,
        _ => Some(Unit::Count),
    };
    let description = instrument.description().into();
    match instrument.kind() {
        Kind::Counter => recorder.describe_counter(name, unit, description),
        Kind::UpDownCounter | Kind::Gauge => recorder.describe_gauge(name, unit, description),
    }
}

fn key(sample: &Sample<'_>) -> Key {
    let label =
        |(attribute, value): &(Attribute, &str)| Label::new(attribute.name(), String::from(*value));
    let labels: Vec<_> = sample.attributes.iter().map(label).collect();
    Key::from_parts(sample.instrument.name(), labels)
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a time is positive, and its fraction is left out on purpose"
)]
fn whole(value: Value) -> u64 {
    match value {
        Value::Count(count) => count,
        Value::Real(real) => real as u64,
    }
}
