//! The attribute at work: every key and form, on functions and methods, sync and async.
//!
//! A number in brackets that begins with `MAC` is that of an input in `tests/shapes/index.rs`.
//! Other numbers in brackets are those of failure modes in `tests/defects/catalogue.rs`. Both files
//! check that a test names each of their numbers, or that an exception gives the reason.

#![allow(clippy::unnecessary_wraps, reason = "fallbacks return what the guarded functions do")]
#![allow(clippy::unchecked_time_subtraction, reason = "of constants")]
#![allow(clippy::needless_pass_by_value, reason = "that is what is tried")]

mod allocations;
mod binding;
mod body;
mod cancel;
mod combinations;
mod config;
mod default_names;
mod error;
mod fallback;
mod fallback_on;
mod global;
mod hang;
mod inherit;
mod macros;
mod name;
mod named_items;
mod nesting;
mod outcome;
mod panics;
mod parameters;
mod predicate;
mod rings;
mod sharing;
mod signature;
mod stacked;
mod states;
mod tuning;

/// A framework of the user's own, which exports the crate anew.
mod reexport {
    pub(crate) use breakerbox::*;
}

use support::Fault;
