//! Tuning for the circuit breakers of [`breakerbox`](https://docs.rs/breakerbox) from a TOML file
//! and the environment, at the start and while the program runs.
//!
//! ```toml
//! #:schema ./breakerbox.schema.json
//! [all]
//! jitter = 0.2
//!
//! [breakers.llm]
//! threshold = 3
//! cooldown = "1m"
//! state = "observing"
//!
//! [breakers.llm.keys."openai/gpt-4o"]
//! cooldown = "5m"
//! ```
//!
//! ```no_run
//! use std::time::Duration;
//! use breaker_config::Source;
//! use breaker_core::Registry;
//!
//! let source = Source::new().file("breakers.toml").env(std::env::vars_os());
//! // At the start, a mistake ends the program ...
//! source.apply(&Registry::global())?;
//! // ... and later it changes nothing, and is logged.
//! let watch = source.watch(&Registry::global(), Duration::from_secs(5), |outcome| {
//!     eprintln!("{outcome}");
//! })?;
//! # drop(watch);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Layers
//! There are four levels, from the weakest to the strongest: the function's attribute, `[all]`, the
//! table of the name, and the table of the key. Each sets single parameters and leaves the others.
//! At each level, overrides of the program (`Registry::configure`) lie under those of this crate,
//! and overrides of an operator lie over them.
//!
//! # Variables
//! A variable replaces the file's value at its level. Its last part is the key, and the part before
//! that is the name: letters and digits in capitals, and one `_` for each run of other characters.
//!
//! | variable | what it sets |
//! |---|---|
//! | `BREAKERBOX__LLM__COOLDOWN=1m` | `cooldown` of `llm` |
//! | `BREAKERBOX__OPENAI_CLIENT_COMPLETE__THRESHOLD=3` | `threshold` of `openai::Client::complete` |
//! | `BREAKERBOX__ALL__JITTER=0.1` | `jitter` of the table `[all]`, also if a breaker has that name |
//! | `BREAKERBOX_CONFIG=/etc/breakers.toml` | the file that replaces the program's |
//!
//! A value is written as in the file, but a text needs no quotes. Keys of a family have no
//! variables. If two names give one variable, it could mean either, so it is a mistake that names
//! both. Variables are read once, by [`Source::env`]: the variables of a running process do not
//! change.
//!
//! # Keys
//! They are spelled and checked as in the attribute.
//!
//! | key | what it does |
//! |---|---|
//! | `threshold = 5` | Opens after this many failures in a row. |
//! | `failure_rate = 0.5` | Opens when this share of the calls in the window has failed. |
//! | `failure_count = 10` | Opens when the window holds this many failures. |
//! | `window = "10s"` | The recent calls that rates and counts are taken over: a time, or a number of calls. |
//! | `min_calls = 10` | How many calls the window must hold before a rate is judged. |
//! | `slow_call = "2s"` | A call that is out for this long is slow: a failure, unless `slow_rate` is given. |
//! | `slow_rate = 0.5` | Opens when this share of the calls in the window is slow. |
//! | `cooldown = "30s"` | Stays open this long before a call is let through as a probe. |
//! | `backoff = 2.0` | Multiplies the next cooldown by this after each failed half-open. |
//! | `cooldown_max = "5m"` | The longest cooldown. |
//! | `backoff_reset = "10m"` | How long it must stay closed before `backoff` starts anew. |
//! | `jitter = 0.2` | Lengthens each cooldown by up to this share of itself, at random. |
//! | `probes = 1` | How many probes hold a slot at once in half-open. |
//! | `success_threshold = 1` | Closes after this many successful probes. |
//! | `probe_timeout = "30s"` | A probe that is out for longer loses its slot. |
//! | `count_calls = true` | Counts all calls by their outcome, and not only those that fail. |
//! | `state = "observing"` | Holds breakers in this state until it is taken out of the file. |
//!
//! `state` is a switch: `"observing"`, `"disabled"` or `"isolated"`. Its removal resets a breaker
//! that has not left that state since. A breaker that somebody has reset meanwhile is left alone,
//! even if somebody has put it into that state again.
//!
//! # Reloads
//! [`Source::watch`] reads the file at an interval, and applies it when its bytes have changed and
//! a second look finds the changed bytes again. So any way of changing the file works: an editor, a
//! rename, the swap of a symbolic link by which Kubernetes updates a `ConfigMap`.
//!
//! - All of a file is applied or nothing. After a mistake, or if the file is gone, the tuning stays
//!   as it was, the listener is told once, and the watch goes on.
//! - A key that is removed from the file falls back to the level below it, in the end to the
//!   attribute.
//! - A breaker keeps its state and its consecutive failures. Its window stays, unless its size
//!   changes: then an empty window begins. A cooldown that runs keeps its length.
//! - A breaker whose tuning has not changed is not touched at all.
//! - Calls go on meanwhile. Only the first call of a function or of a key waits until the overrides
//!   have been replaced: `cargo run --release -p breaker-config --example reload` measures that
//!   wait.
//!
//! # Mistakes
//! All mistakes are reported at once, each with its place, and nothing is applied:
//!
//! ```text
//! error: unknown key `treshold`
//!  --> breakers.toml:5:1
//!   |
//! 5 | treshold = 3
//!   | ^^^^^^^^
//! help: a similar key exists: `threshold`
//! ```
//!
//! Some values conflict only with a function's declaration, such as a `cooldown_max` below its
//! `cooldown`. Such mistakes are reported for the breakers that exist. A function that is called
//! later keeps its own tuning, and `Registry::invalid_overrides` lists the override.
//!
//! A name that no function has is no mistake: its breaker may be made later, by a layer or by hand.
//! With the feature `inventory`, [`Applied::misspelt`] lists the name at once, with a similar name
//! if there is one. Without the feature, [`Applied::unused`] lists the name until it has a breaker.
//! A [`Watch`] tells its listener of both.
//!
//! # Before a deployment
//! A program of three lines can check a file by [`Source::check`], with the rules of the program
//! that the file tunes:
//!
//! ```sh
//! cargo run -p breaker-config --example check breakers.toml
//! ```
//!
//! This program prints the mistakes. It exits with 0 if there are none, with 1 if there are any,
//! and with 2 if it was called with other arguments. [`schema()`] is a JSON Schema by which editors
//! complete and check the file; its first line names the schema:
//! `#:schema ./breakerbox.schema.json`.
//!
//! # A file of the program's own
//! [`Source::shared_file`] reads a file that has other tables too, or other words for tuning.
//!
//! A program that reads its configuration by another crate, such as `figment` or `config`, does not
//! need this crate. It deserializes its tuning, and gives that to the registry:
//!
//! ```
//! use std::collections::BTreeMap;
//! use std::time::Duration;
//! use breaker_core::{Config, ConfigBuilder, OverrideSource, Overrides, Registry};
//! use serde::Deserialize;
//!
//! #[derive(Deserialize)]
//! struct Settings {
//!     breakers: BTreeMap<String, Tuning>,
//! }
//!
//! #[derive(Deserialize)]
//! struct Tuning {
//!     threshold: Option<u64>,
//!     cooldown_seconds: Option<u64>,
//! }
//!
//! impl Tuning {
//!     fn builder(&self) -> ConfigBuilder {
//!         let mut builder = Config::builder();
//!         if let Some(threshold) = self.threshold {
//!             builder = builder.threshold(threshold);
//!         }
//!         if let Some(seconds) = self.cooldown_seconds {
//!             builder = builder.cooldown(Duration::from_secs(seconds));
//!         }
//!         builder
//!     }
//! }
//!
//! let settings: Settings = serde_json::from_str(r#"{"breakers": {"llm": {"threshold": 3}}}"#)?;
//! let mut overrides = Overrides::new();
//! for (name, tuning) in &settings.breakers {
//!     overrides.set(name, tuning.builder())?;
//! }
//! let registry = Registry::new();
//! // At the start, and again whenever the settings have changed.
//! registry.replace_overrides(OverrideSource::File, overrides)?;
//! assert_eq!(registry.breaker("llm")?.config().threshold(), Some(3));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#![cfg_attr(docsrs, feature(doc_cfg))]

mod file;
mod keys;
mod mistake;
mod pairs;
mod schema;
mod settings;
mod source;
mod text;
mod variables;
mod watch;

// `toml` is not re-exported. The compiler shortens `std::string::String` in its messages to
// `String` only while no other visible item has that name, and `DeValue::String` would have it.
pub use mistake::{Mistake, Mistakes};
#[doc(hidden)]
pub use pairs::read_pairs;
pub use schema::schema;
pub use source::{Applied, Source};
pub use text::Place;
pub use watch::{Outcome, Watch};

/// The snippets of the package's page are tested with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
