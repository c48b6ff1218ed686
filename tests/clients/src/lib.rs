//! A client that we did not write, behind the attribute: `async-openai`, whose
//! errors cannot be made of a [`BreakerError`](breakerbox::BreakerError), and which
//! would retry by itself.
//!
//! - [`functions`]: free functions; an error type of the program's own, made by
//!   `error = ...`, and the client's own error, which has room for any other;
//! - [`Assistant`]: methods of a block; a wrapper around whatever error there is.

mod assistant;
mod error;
pub mod functions;
mod transport;

pub use assistant::Assistant;
pub use error::{Guarded, LlmError};
pub use transport::{Llm, RateLimited, connect};

/// The code of the page is compiled.
#[cfg(doctest)]
#[doc = include_str!("../../../docs/clients.md")]
struct Page;

/// The code of the book's chapter is run.
#[cfg(doctest)]
#[doc = include_str!("../../../book/src/databases.md")]
struct Databases;
