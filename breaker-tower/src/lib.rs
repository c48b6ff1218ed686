#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod future;
#[cfg(feature = "http")]
pub mod http;
mod judge;
mod key;
mod layer;
mod permit;
mod service;
mod site;
mod supply;
mod watch;

pub use future::ResponseFuture;
#[cfg(feature = "http")]
pub use http::{body::GuardedBody, watch::WatchBody};
#[cfg(feature = "http")]
pub use judge::Trailers;
pub use judge::{ByResult, Hint, Hinted, Judge, is_rejection};
pub use key::Key;
pub use layer::{BoxError, BreakerLayer, Tuned};
pub use permit::{AnyPermit, Held, Holder};
pub use service::BreakerService;
pub use supply::{Given, Keyed, Named, Supply};
pub use watch::{Head, Watch};
#[cfg(feature = "http")]
pub use watch::{Until, Watched};
