//! The exporter: what reads a registry for those who ask for its metrics.

use std::sync::{Arc, Mutex, PoisonError};

use breaker_core::Registry;

use crate::instrument::Instrument;
use crate::memory::Memory;
use crate::reading::Reading;
use crate::value::Sample;

/// Exports the metrics of a registry.
///
/// It reads the registry when it is asked, and does nothing in between: no call through a breaker
/// pays for being exported. No counter of a name falls while its keys come and go. With
/// [`per_key`](Self::per_key) the exporter remembers for this what it has exported, so make one
/// when the program starts, and keep it; a clone remembers together with the original.
///
/// ```
/// use breaker_core::{Config, Registry};
/// use breaker_metrics::Exporter;
///
/// let registry = Registry::new();
/// let exporter = Exporter::new(&registry);
/// registry.get_or_insert("llm", Config::new())?.force_open();
///
/// let text = exporter.prometheus_text();
/// let line = r#"breakerbox_status{breakerbox_name="llm",breakerbox_state="isolated"} 1"#;
/// assert!(text.lines().any(|one| one == line));
/// # Ok::<(), breaker_core::RegistryError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Exporter {
    registry: Registry,
    per_key: Option<usize>,
    memory: Arc<Mutex<Memory>>,
    #[cfg(feature = "metrics")]
    pub(crate) published: Arc<Mutex<crate::recorder::Published>>,
}

impl Exporter {
    /// Returns an exporter of this registry.
    #[must_use]
    pub fn new(registry: &Registry) -> Self {
        Exporter {
            registry: registry.clone(),
            per_key: None,
            memory: Arc::default(),
            #[cfg(feature = "metrics")]
            published: Arc::default(),
        }
    }

    /// Exports keys one by one, with the attribute `breakerbox.key`: of each name at most `limit`,
    /// open ones first. The other keys, and those that are gone, are exported together as the key
    /// `other`, with a key of that name.
    ///
    /// Without it all keys of a name are exported together. Each key that is shown costs some 30
    /// series in Prometheus, which keeps them after the key is gone: a limit of ten is plenty for
    /// keys that users make up, such as their own names.
    ///
    /// When the breaker of a key that is shown makes room for others and comes back, its own
    /// counters begin anew, as those of a program that has been started again.
    ///
    /// ```
    /// use breaker_core::Registry;
    /// use breaker_metrics::Exporter;
    ///
    /// let exporter = Exporter::new(&Registry::global()).per_key(10);
    /// # drop(exporter);
    /// ```
    #[must_use]
    pub fn per_key(mut self, limit: usize) -> Self {
        self.per_key = Some(limit);
        // What was remembered belongs to rows without keys.
        self.memory = Arc::default();
        self
    }

    /// Calls `each` with every measurement, instrument by instrument in the order of
    /// [`Instrument::ALL`], and within one by name and key. This is for exporters of your own.
    ///
    /// ```
    /// use breaker_core::{Config, Registry};
    /// use breaker_metrics::{Exporter, Instrument, Value};
    ///
    /// let registry = Registry::new();
    /// registry.get_or_insert("llm", Config::new())?;
    /// let mut rejections = Vec::new();
    /// Exporter::new(&registry).for_each(|sample| {
    ///     if sample.instrument == Instrument::Rejections {
    ///         rejections.push(sample.value);
    ///     }
    /// });
    /// assert_eq!(rejections, [Value::Count(0)]);
    /// # Ok::<(), breaker_core::RegistryError>(())
    /// ```
    pub fn for_each(&self, mut each: impl FnMut(Sample<'_>)) {
        let reading = self.read();
        for instrument in Instrument::ALL {
            reading.measure(instrument, &mut each);
        }
    }

    /// Reads the registry. Of two readings at once the second waits for the first, since the
    /// memory needs them in their order.
    pub(crate) fn read(&self) -> Reading {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        Reading::of(&self.registry, self.per_key, &mut memory)
    }
}
