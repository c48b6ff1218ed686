//! The store on a server that speaks the protocol of Redis.
//!
//! A namespace has a [`keys::Keys`]. Two scripts do all the work, each in one step by the server's
//! clock; [`wire`] reads the lines that they answer with and publish. A [`Connection`] carries
//! commands and news. When it begins it publishes the line `h`, which all readers ignore, so that a
//! user without that right is refused before a script has written anything.

mod connection;
mod error;
pub(crate) mod keys;
mod server;
#[cfg(test)]
pub(crate) mod tests;
pub(crate) mod wire;

pub(crate) use connection::{Connection, Seen};
pub(crate) use error::StoreError;
pub(crate) use server::{Heard, Listener, Server};
