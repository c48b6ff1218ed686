//! The services: small fakes that answer real HTTP, each with a switch.
//!
//! Each has a thread of its own, so that what it goes through is not felt by the
//! bot's event loop but as what it answers.

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
    /// Starts them; they listen on free ports of the loopback interface when this
    /// returns. The seed decides how long each answer takes.
    ///
    /// # Errors
    /// The system gives no port or no thread.
    pub fn start(seed: u64) -> io::Result<Self> {
        let all = Kind::ALL.into_iter().map(|kind| Service::start(kind, seed));
        Ok(Self { all: all.collect::<io::Result<_>>()? })
    }

    /// The one of that kind.
    #[must_use]
    pub fn of(&self, kind: Kind) -> &Service {
        &self.all[kind as usize]
    }

    /// Where they listen.
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

    /// Ends them. Nothing listens or runs any more when this returns. Gives the
    /// times at which the service of that kind received requests.
    ///
    /// # Errors
    /// One of them had failed.
    pub fn stop(self, kind: Kind) -> io::Result<Vec<Instant>> {
        let received = self.of(kind).received();
        self.all.into_iter().try_for_each(Service::stop)?;
        Ok(received)
    }
}
