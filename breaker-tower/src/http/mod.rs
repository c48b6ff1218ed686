//! Presets for HTTP and gRPC.

pub(crate) mod body;
mod events;
mod grpc;
mod host;
mod outcomes;
mod response;
mod retry_after;
#[cfg(not(feature = "tokio"))]
#[path = "no_stall.rs"]
mod stall;
#[cfg(feature = "tokio")]
mod stall;
pub(crate) mod watch;

pub use grpc::{GrpcOutcomes, grpc_outcomes};
pub use host::{ByHost, by_host};
pub use outcomes::{HttpOutcomes, http_outcomes};
pub use response::HttpResponse;
pub use retry_after::{FromHeaders, from_headers, retry_after};
