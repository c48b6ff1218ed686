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
//! What a function's attribute declares lies under `[all]`, that under the table of the name, and
//! that under the table of the key. Each sets single parameters, and leaves the others. Overrides
//! that the program gives by `Registry::configure` lie under those of this crate, level by level;
//! those of an operator lie over them.
//!
//! A variable replaces the file's value of the same level: `BREAKERBOX__ALL__JITTER=0.1`,
//! `BREAKERBOX__LLM__COOLDOWN=1m`. Its last part is the key, and what is before it the name:
//! letters and digits in capitals, and one `_` for each run of other characters, so that
//! `openai::Client::complete` is `OPENAI_CLIENT_COMPLETE`. `ALL` is the table `[all]`, also if a
//! breaker has that name. Keys of a family have no variables. `BREAKERBOX_CONFIG` names the file.
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
//! `state` is a switch: `"observing"`, `"disabled"` or `"isolated"`. Taking it out resets a breaker
//! that is still in that state. One that somebody has reset meanwhile stays as it is.
//!
//! # Mistakes
//! All of them are told at once, each with its place, and nothing is applied:
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
//! A name that no function has is none: its breaker may be made later, by a layer or by hand. With
//! the feature `inventory`, [`Applied::misspelt`] has it at once; without, [`Applied::unused`] has it
//! for good. A [`Watch`] tells its listener of both.
//!
//! The example `check` tells the mistakes before a deployment:
//! `cargo run -p breaker-config --example check FILE`.

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

// `toml` is left out. The compiler shortens a path in a message if no other item in view has its last
// name, and `DeValue::String` would be one: users would read `std::string::String` in their messages.
pub use mistake::{Mistake, Mistakes};
#[doc(hidden)]
pub use pairs::read_pairs;
pub use schema::schema;
pub use source::{Applied, Source};
pub use text::Place;
pub use watch::{Outcome, Watch};
