//! The exporter: reads a registry on demand.

use std::sync::{Arc, Mutex, PoisonError};

use breaker_core::Registry;

use crate::instrument::Instrument;
use crate::memory::Memory;
use crate::reading::Reading;
use crate::value::Sample;

/// Exports the metrics of a registry.
///
/// It reads the registry on demand, and does nothing in between: no call through a breaker pays for
/// the export. No counter of a name falls while its keys come and go. With
/// [`per_key`](Self::per_key) this needs a memory of the exported values, so make one exporter when
/// the program starts, and keep it; a clone shares the memory.
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

    /// Exports keys one by one, with the attribute `breakerbox.key`: at most `limit` of each name,
    /// open ones first. The other keys, and removed ones, are exported together as the key `other`.
    /// A real key of that name joins them.
    ///
    /// Without this setting, all keys of a name are exported together. Each single key costs some
    /// 30 series in Prometheus, which keeps them after the key is gone: a limit of ten is plenty
    /// for keys that users make up, such as their own names.
    ///
    /// If the breaker of a single key makes room for others and comes back, its own counters begin
    /// anew, as after a restart of the program.
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
        // The memory belongs to rows without keys.
        self.memory = Arc::default();
        self
    }

    /// Calls `each` with every measurement, in the order of [`Instrument::ALL`], then by name and
    /// key. This is for exporters of your own.
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

    /// Reads the registry. A second reading waits for the first to end, since the memory needs both
    /// in their order.
    pub(crate) fn read(&self) -> Reading {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        Reading::of(&self.registry, self.per_key, &mut memory)
    }
}
