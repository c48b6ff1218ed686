//! Instances that share breakers through a real server.
#![cfg(unix)]

mod access;
mod apart;
mod processes;
mod proxy;
mod quorum;
#[path = "../../../../breaker-fleet/tests/support/server.rs"]
mod server;
mod silence;
mod world;
