//! The clients of the services: the part that a program of yours would have.
//!
//! Each service has a plain client (`Cat`, `Llm`, `Stt`, `Voice`), and guarded functions that call
//! the client through a breaker. The bot without breakers uses the plain clients alone.

use std::net::SocketAddr;
use std::sync::Arc;

pub mod cat;
mod error;
mod http;
pub mod llm;
mod local;
pub mod stt;
pub mod voice;

pub use self::cat::Cat;
pub use self::error::ServiceError;
pub use self::llm::Llm;
pub use self::local::{Fact, LocalMemory};
pub use self::stt::Stt;
pub use self::voice::Voice;

use self::http::{Endpoint, Http};

/// The services' addresses.
#[derive(Clone, Copy, Debug)]
pub struct Addresses {
    /// The memory, the Cheshire Cat.
    pub cat: SocketAddr,
    /// The language model.
    pub llm: SocketAddr,
    /// The second language model.
    pub second: SocketAddr,
    /// Speech to text.
    pub stt: SocketAddr,
    /// Text to speech.
    pub voice: SocketAddr,
}

/// The clients of all services.
#[derive(Debug)]
pub struct Clients {
    /// The memory.
    pub cat: Cat,
    /// The language models.
    pub llm: Llm,
    /// Speech to text.
    pub stt: Stt,
    /// Text to speech.
    pub voice: Voice,
}

impl Clients {
    /// Creates clients that share one connection pool.
    ///
    /// # Errors
    /// The HTTP client cannot be set up.
    pub fn new(addresses: Addresses) -> Result<Self, ServiceError> {
        let http = Arc::new(Http::new()?);
        let at = |address| Endpoint::new(&http, address);
        Ok(Self {
            cat: Cat::new(at(addresses.cat)),
            llm: Llm::new(at(addresses.llm), at(addresses.second)),
            stt: Stt::new(at(addresses.stt)),
            voice: Voice::new(at(addresses.voice)),
        })
    }
}
