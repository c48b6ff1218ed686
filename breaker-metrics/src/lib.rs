#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod counts;
mod exporter;
mod instrument;
mod memory;
#[cfg(feature = "opentelemetry")]
mod opentelemetry;
pub mod prometheus;
mod reading;
#[cfg(feature = "metrics")]
mod recorder;
mod row;
mod value;

pub use exporter::Exporter;
pub use instrument::{Attribute, Instrument, Kind};
pub use value::{Sample, Value};

/// The Grafana dashboard, as JSON: the file `grafana/breakerbox.json` of this crate.
pub const DASHBOARD: &str = include_str!("../grafana/breakerbox.json");

/// The alert rules for Prometheus, as YAML: the file `prometheus/breakerbox.rules.yml` of this
/// crate.
pub const ALERT_RULES: &str = include_str!("../prometheus/breakerbox.rules.yml");
