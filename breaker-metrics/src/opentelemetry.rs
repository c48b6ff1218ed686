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
    /// They stay as long as the meter's provider, and cannot be removed. The SDK keeps at most
    /// 2,000 series of an instrument unless a view says otherwise; some 220 names reach that limit.
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
        // The callback stays when the returned instrument is dropped.
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

/// The shared state of all callbacks. The API has no callback for several instruments, and a
/// reading of the whole registry per instrument would be many times the work.
struct Shared {
    exporter: Exporter,
    last: Mutex<Option<Last>>,
}

/// The last reading of the registry.
struct Last {
    reading: Arc<Reading>,
    /// The instruments that have used this reading, as bits.
    given: u32,
    at: Instant,
}

impl Shared {
    /// A reading older than this is not used, even by an instrument that has not had it: a view of
    /// another reader may leave instruments out.
    const FRESH: Duration = Duration::from_millis(100);

    /// Returns a reading of the registry. Each instrument uses a reading once. So the first
    /// instrument of a collection makes the reading, and the others of that collection share it.
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
