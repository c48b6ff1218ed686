#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![forbid(unsafe_code)]

mod brain;
mod domain;
mod error;
mod fleet;
mod link;
mod log;
mod notes;
mod options;
mod pump;
mod redis;
mod shared;
#[cfg(test)]
mod simulation;
mod status;
mod store;
#[cfg(feature = "tls")]
mod tls;
mod url;

pub use error::OptionsError;
pub use fleet::Fleet;
pub use options::{Options, Redis};
pub use status::{Status, Store};
