//! The service, by itself, in axum and over sockets.

mod actions;
mod breakers;
#[path = "../common/mod.rs"]
mod common;
mod document;
mod events;
mod fields;
mod health;
#[cfg(feature = "server")]
mod hosts;
mod keys;
mod mounted;
mod routes;
#[cfg(feature = "server")]
mod server;
mod shared;
