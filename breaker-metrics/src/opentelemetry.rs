//! Observable instruments of the OpenTelemetry API.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use opentelemetry::KeyValue;
use opentelemetry::metrics::{AsyncInstrument, Meter};

use crate::exporter::Exporter;
use crate::instrument::{Instrument, Kind};
use crate::reading::Reading;
use crate::value::{Sample, Value};

impl Exporter {
    /// Registers all instruments with a meter. They are observed whenever its reader collects.
    ///
    /// They stay as long as the meter's provider, and cannot be taken back. The SDK keeps at most
    /// 2,000 series of an instrument unless a view says otherwise; some 220 names reach that.
    ///
    /// ```
    /// use breaker_core::Registry;
    /// use breaker_metrics::Exporter;
    ///
    /// let meter = opentelemetry::global::meter("breakerbox");
    /// Exporter::new(&Registry::global()).observe_with(&meter);
    /// ```
    pub fn observe_with(self, meter: &Meter) {
        let shared = Arc::new(Shared { exporter: self, last: Mutex::default() });
        for instrument in Instrument::ALL {
            register(instrument, meter, &shared);
        }
    }
}

/// Builds an instrument with a callback. The builders of the API differ in their types alone.
macro_rules! build {
    ($builder:expr, $instrument:ident, $shared:ident, $number:ty) => {{
        let shared = Arc::clone($shared);
        let callback = move |observer: &dyn AsyncInstrument<$number>| {
            observe::<$number>(&shared, $instrument, observer);
        };
        // Dropping what is built leaves the callback in place.
        let _ = $builder
            .with_unit($instrument.unit())
            .with_description($instrument.description())
            .with_callback(callback)
            .build();
    }};
}

fn register(instrument: Instrument, meter: &Meter, shared: &Arc<Shared>) {
    let name = instrument.name();
    let is_real = matches!(instrument.unit(), "s" | "1");
    match (instrument.kind(), is_real) {
        (Kind::Counter, false) => {
            build!(meter.u64_observable_counter(name), instrument, shared, u64);
        }
        (Kind::Counter, true) => {
            build!(meter.f64_observable_counter(name), instrument, shared, f64);
        }
        (Kind::UpDownCounter, _) => {
            build!(meter.i64_observable_up_down_counter(name), instrument, shared, i64);
        }
        (Kind::Gauge, false) => build!(meter.u64_observable_gauge(name), instrument, shared, u64),
        (Kind::Gauge, true) => build!(meter.f64_observable_gauge(name), instrument, shared, f64),
    }
}

fn observe<N: Number>(shared: &Shared, instrument: Instrument, observer: &dyn AsyncInstrument<N>) {
    shared.reading_for(instrument).measure(instrument, &mut |sample: Sample<'_>| {
        let key_value = |(attribute, value): &(crate::Attribute, &str)| {
            KeyValue::new(attribute.name(), (*value).to_owned())
        };
        let attributes: Vec<_> = sample.attributes.iter().map(key_value).collect();
        observer.observe(N::of(sample.value), &attributes);
    });
}

/// A type of the API's values.
trait Number {
    fn of(value: Value) -> Self;
}

impl Number for u64 {
    fn of(value: Value) -> Self {
        match value {
            Value::Count(count) => count,
            // `register` gives these instruments floats.
            Value::Real(_) => 0,
        }
    }
}

impl Number for i64 {
    fn of(value: Value) -> Self {
        i64::try_from(u64::of(value)).unwrap_or(i64::MAX)
    }
}

impl Number for f64 {
    fn of(value: Value) -> Self {
        value.as_f64()
    }
}

/// What the callbacks of all instruments share. The API has no callback for several instruments,
/// and each of them reading the whole registry would be many times the work.
struct Shared {
    exporter: Exporter,
    last: Mutex<Option<Last>>,
}

/// The last reading of the registry.
struct Last {
    reading: Arc<Reading>,
    /// The instruments that it was given to, as bits.
    given: u32,
    at: Instant,
}

impl Shared {
    /// A reading that is older is not used, though an instrument may not have had it: another
    /// reader's view may leave instruments out.
    const FRESH: Duration = Duration::from_millis(100);

    /// Returns a reading of the registry. Each instrument is given a reading once, so the first
    /// one of a collection makes it, and the others of that collection use it as well.
    fn reading_for(&self, instrument: Instrument) -> Arc<Reading> {
        let bit = 1 << instrument as u32;
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = |last: &&mut Last| last.given & bit == 0 && last.at.elapsed() < Self::FRESH;
        if let Some(last) = last.as_mut().filter(fresh) {
            last.given |= bit;
            return Arc::clone(&last.reading);
        }
        let reading = Arc::new(self.exporter.read());
        let (at, given) = (Instant::now(), bit);
        *last = Some(Last { reading: Arc::clone(&reading), given, at });
        reading
    }
}
