//! The clients of the services: the part that a program of yours would have.
//!
//! For each service there is a plain client (`Cat`, `Llm`, `Stt`, `Voice`), and
//! beside it the guarded functions, which call it with a breaker around.
//! The plain client is all that the bot without breakers uses.

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

/// Where the services are.
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
    /// Clients that share one pool of connections.
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
