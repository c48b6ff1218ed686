//! A crate with strict lints: what the attribute writes must not set them off.
//! The compiler's are denied here, clippy's count when clippy runs.
#![forbid(unsafe_code)]
#![deny(missing_docs, unused, unreachable_pub, unused_qualifications, warnings)]
#![deny(clippy::all, clippy::pedantic)]
#![deny(non_upper_case_globals, single_use_lifetimes, trivial_casts, trivial_numeric_casts)]

use std::time::Duration;

use breakerbox::{BreakerError, Cause, circuit_breaker};

const LIMIT: u64 = 4;
const COOLDOWN: Duration = Duration::from_secs(5);
const NAME: &str = "pedantic/constants";

/// An error as users write it.
#[derive(Debug)]
pub enum Error {
    /// The service's.
    Service(u16),
    /// The breaker's.
    Rejected(BreakerError),
}

impl From<BreakerError> for Error {
    fn from(error: BreakerError) -> Self {
        Self::Rejected(error)
    }
}

/// A client with an annotated method of each kind.
#[derive(Debug)]
pub struct Client {
    answers: Vec<u8>,
}

impl Client {
    /// Plain.
    ///
    /// # Errors
    /// The service's, or the breaker's.
    #[circuit_breaker]
    pub fn plain(&mut self, index: usize) -> Result<&mut u8, Error> {
        self.answers.get_mut(index).ok_or(Error::Service(404))
    }

    /// Async, with every kind of argument.
    ///
    /// # Errors
    /// The service's, or the breaker's.
    #[circuit_breaker(
        name = "pedantic",
        threshold = 3,
        cooldown = "1m30s",
        probes = 2,
        success_threshold = 2,
        probe_timeout = "10s",
        failure(Err(Error::Service(500..)), Ok(0)),
        ignore = Err(Error::Service(code)) if *code == 400,
        fallback = |index, cause| match cause {
            Cause::Rejected(error) | Cause::TimedOut(error) => Err(Error::Rejected(error)),
            Cause::Failed(output) => output.or(Ok(self.answers.get(index).copied().unwrap_or(1))),
        },
        fallback_on = "failure"
    )]
    pub async fn asynchronous(&self, index: usize) -> Result<u8, Error> {
        tokio::task::yield_now().await;
        self.answers.get(index).copied().ok_or(Error::Service(404))
    }

    /// With predicates of every form.
    ///
    /// # Errors
    /// The service's, or the breaker's.
    #[circuit_breaker(
        name = "predicates",
        failure(Err(Error::Service(_)), |reply| reply.is_err(), Self::is_empty),
        ignore = Self::is_empty,
        trip = move |reply: &Result<u8, Error>| matches!(reply, Err(Error::Service(401)))
    )]
    pub fn by_predicates(&self, index: usize) -> Result<u8, Error> {
        self.answers.get(index).copied().ok_or(Error::Service(404))
    }

    /// With a predicate, in a future.
    ///
    /// # Errors
    /// The service's, or the breaker's.
    #[circuit_breaker(name = "predicate", failure = Result::is_err)]
    pub async fn by_predicate(&self, index: usize) -> Result<u8, Error> {
        tokio::task::yield_now().await;
        self.answers.get(index).copied().ok_or(Error::Service(404))
    }

    fn is_empty(reply: &Result<u8, Error>) -> bool {
        matches!(reply, Ok(0))
    }

    /// By constants, and a path for a fallback.
    #[circuit_breaker(
        name = NAME,
        threshold = LIMIT,
        cooldown = COOLDOWN,
        failure = None,
        fallback = Self::nothing
    )]
    #[must_use]
    pub fn by_constants(&self, (index, factor): (usize, u8)) -> Option<u8> {
        Some(self.answers.get(index)? * factor)
    }

    fn nothing(&self, (index, _factor): (usize, u8)) -> Option<u8> {
        self.answers.get(index).copied()
    }
}

/// [MAC-111]
#[test]
fn annotated_methods_answer_under_strict_lints() {
    let mut client = Client { answers: vec![7] };
    assert_eq!(client.plain(0).map(|answer| *answer).unwrap(), 7);
    assert_eq!(client.by_constants((0, 2)), Some(14));
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert_eq!(runtime.block_on(client.asynchronous(0)).unwrap(), 7);
    assert_eq!(client.by_predicates(0).unwrap(), 7);
    assert_eq!(runtime.block_on(client.by_predicate(0)).unwrap(), 7);
}
