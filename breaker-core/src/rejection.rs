//! Finds rejections inside other errors, and converts a breaker's error into an [`io::Error`].

use core::error::Error;
use std::io;

use crate::error::{BreakerError, Rejected};

/// A chain of sources that is longer than this is taken as endless.
const LONGEST_CHAIN: usize = 256;

impl BreakerError {
    /// Returns true if the error is a rejection, or has one among its sources: the call behind it
    /// was not made, because a breaker rejected it.
    ///
    /// Looks through the chain of [`source`](Error::source)s, and into each [`io::Error`] by
    /// [`get_ref`](io::Error::get_ref). So it sees through error enums, even transparent ones,
    /// through boxed errors, and through `anyhow` and `eyre` (`is_rejection_in(error.as_ref())`). A
    /// call that timed out was made, and is no rejection. Stops after 256 sources.
    ///
    /// ```
    /// use breaker_core::{Breaker, BreakerError, Config};
    ///
    /// let breaker = Breaker::new("disk", Config::new());
    /// breaker.force_open();
    /// let rejected = std::io::Error::from(breaker.try_acquire().unwrap_err());
    /// let failed = std::io::Error::other("no space left");
    /// assert!(BreakerError::is_rejection_in(&rejected));
    /// assert!(!BreakerError::is_rejection_in(&failed));
    /// ```
    #[must_use]
    pub fn is_rejection_in(error: &(dyn Error + 'static)) -> bool {
        let mut next = Some(error);
        for _ in 0..LONGEST_CHAIN {
            let Some(error) = next else { return false };
            if error.is::<Rejected>() {
                return true;
            }
            if let Some(error) = error.downcast_ref::<BreakerError>() {
                return error.is_rejection();
            }
            // An `io::Error` returns the source of its inner error as its own.
            let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
            next = match inside {
                Some(inside) => Some(inside),
                None => error.source(),
            };
        }
        false
    }
}

/// The kind is [`TimedOut`](io::ErrorKind::TimedOut) for a call that timed out, and
/// [`Other`](io::ErrorKind::Other) for a rejection. [`io::Error::get_ref`] returns the
/// [`BreakerError`], and [`BreakerError::is_rejection_in`] sees it.
impl From<BreakerError> for io::Error {
    fn from(error: BreakerError) -> Self {
        let kind = match error {
            BreakerError::TimedOut { .. } => io::ErrorKind::TimedOut,
            _ => io::ErrorKind::Other,
        };
        io::Error::new(kind, error)
    }
}

#[cfg(test)]
mod tests {
    use core::fmt;
    use core::time::Duration;
    use std::sync::Arc;

    use super::*;
    use crate::name::Name;

    fn rejections() -> [BreakerError; 2] {
        let name = Name::from_static("llm");
        [
            BreakerError::Isolated { name: name.clone() },
            BreakerError::Open { name, retry_after: Some(Duration::from_secs(3)) },
        ]
    }

    fn timed_out() -> BreakerError {
        BreakerError::TimedOut { name: Name::from_static("llm"), after: Duration::from_secs(3) }
    }

    /// An error with another one inside.
    #[derive(Debug)]
    enum Outer {
        /// As `#[error(transparent)]` makes it.
        Transparent(BreakerError),
        /// As `#[source]` or `#[from]` makes it.
        Source(Box<dyn Error + Send + Sync>),
        Endless,
        Plain,
    }

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("outer")
        }
    }

    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            match self {
                Outer::Transparent(error) => error.source(),
                Outer::Source(error) => Some(&**error),
                Outer::Endless => Some(self),
                Outer::Plain => None,
            }
        }
    }

    #[test]
    fn rejection_is_seen_through_what_holds_it() {
        for error in rejections() {
            let source = error.source().unwrap();
            assert!(source.is::<Rejected>() && source.source().is_none());
            let io = || io::Error::from(error.clone());
            let seen: [Box<dyn Error>; 12] = [
                Box::new(error.clone()),
                Box::new(Rejected),
                Box::new(Box::new(error.clone())),
                Box::new(Arc::new(error.clone())),
                Box::new(Outer::Transparent(error.clone())),
                Box::new(Outer::Source(error.clone().into())),
                Box::new(Outer::Source(Outer::Transparent(error.clone()).into())),
                Box::new(io()),
                Box::new(io::Error::new(io::ErrorKind::NotFound, io::Error::other(io()))),
                Box::new(io::Error::other(Outer::Transparent(error.clone()))),
                Box::new(Outer::Source(io().into())),
                Box::new(Outer::Source(io::Error::other(Outer::Source(io().into())).into())),
            ];
            for error in seen {
                assert!(BreakerError::is_rejection_in(&*error), "{error:?}");
            }
        }
    }

    #[test]
    fn other_errors_are_no_rejections() {
        assert!(timed_out().source().is_none());
        let others: [Box<dyn Error>; 7] = [
            Box::new(timed_out()),
            Box::new(io::Error::from(timed_out())),
            Box::new(Outer::Transparent(timed_out())),
            Box::new(Outer::Source(timed_out().into())),
            Box::new(Outer::Plain),
            Box::new(io::Error::other(Outer::Plain)),
            Box::new(io::Error::from(io::ErrorKind::TimedOut)),
        ];
        for error in others {
            assert!(!BreakerError::is_rejection_in(&*error), "{error:?}");
        }
    }

    #[test]
    fn endless_chain_ends() {
        assert!(!BreakerError::is_rejection_in(&Outer::Endless));
        assert!(!BreakerError::is_rejection_in(&io::Error::other(Outer::Endless)));
    }

    #[test]
    fn io_error_has_the_kind_and_gives_the_error_back() {
        for (error, kind) in rejections()
            .map(|error| (error, io::ErrorKind::Other))
            .into_iter()
            .chain([(timed_out(), io::ErrorKind::TimedOut)])
        {
            let io = io::Error::from(error.clone());
            assert_eq!((io.kind(), io.to_string()), (kind, error.to_string()));
            let inside = io.into_inner().unwrap().downcast::<BreakerError>().unwrap();
            assert_eq!(*inside, error);
        }
    }
}
