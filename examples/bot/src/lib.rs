//! A chat bot and the services it lives on.
//!
//! Read [`client`] first: it is the part that a program of yours would have.
//! [`service`] has the fakes.

pub mod client;
mod luck;
pub mod scale;
pub mod service;
