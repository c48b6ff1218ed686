//! The services: small fakes that answer real HTTP, each with a switch.
//!
//! Each service has its own thread, so that it affects the bot's event loop by its answers alone.

use std::io;
use std::time::Instant;

mod fate;
mod health;
mod kind;
mod life;

pub use self::health::Health;
pub use self::kind::Kind;
pub use self::life::Service;

use crate::client::Addresses;

/// One service of each kind.
#[derive(Debug)]
pub struct Services {
    /// In the order of [`Kind::ALL`].
    all: Vec<Service>,
}

impl Services {
    /// Starts the services, which listen on free loopback ports on return. The seed decides how
    /// long each answer takes.
    ///
    /// # Errors
    /// The system gives no port or no thread.
    pub fn start(seed: u64) -> io::Result<Self> {
        let all = Kind::ALL.into_iter().map(|kind| Service::start(kind, seed));
        Ok(Self { all: all.collect::<io::Result<_>>()? })
    }

    /// Returns the service of a kind.
    #[must_use]
    pub fn of(&self, kind: Kind) -> &Service {
        &self.all[kind as usize]
    }

    /// Returns the addresses.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        Addresses {
            cat: self.of(Kind::Cat).address(),
            llm: self.of(Kind::Llm).address(),
            second: self.of(Kind::Second).address(),
            stt: self.of(Kind::Stt).address(),
            voice: self.of(Kind::Voice).address(),
        }
    }

    /// Stops the services. On return nothing listens or runs any more. Returns the times of
    /// requests to the service of that kind.
    ///
    /// # Errors
    /// A service had failed.
    pub fn stop(self, kind: Kind) -> io::Result<Vec<Instant>> {
        let received = self.of(kind).received();
        self.all.into_iter().try_for_each(Service::stop)?;
        Ok(received)
    }
}
