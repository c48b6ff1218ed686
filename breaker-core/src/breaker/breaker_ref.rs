//! A [`BreakerRef`] is how a permit holds its breaker.

use core::fmt;
use core::ops::Deref;
use std::sync::Arc;

use crate::breaker::Breaker;
use crate::state::word::Word;

/// A reference to a breaker that a permit can hold: `&Breaker`, [`Arc<Breaker>`](Arc), and a call
/// site's reference. Sealed.
pub trait BreakerRef: sealed::Sealed + Clone + fmt::Debug + Deref<Target = Breaker> {}

impl BreakerRef for &Breaker {}

impl BreakerRef for Arc<Breaker> {}

pub(crate) mod sealed {
    use super::{Arc, Breaker, Word};

    /// The supertrait that no other crate can name.
    pub trait Sealed {
        /// Returns true if the word is known to equal `closed` still, so that a success changes
        /// nothing. If not, the settlement compares again.
        fn is_unchanged(&self, closed: Word) -> bool;

        /// Returns an owned reference for other holders, if the breaker is shared.
        fn shared(&self) -> Option<Arc<Breaker>>;
    }

    impl Sealed for &Breaker {
        #[inline]
        fn is_unchanged(&self, closed: Word) -> bool {
            self.cell.is_unchanged(closed)
        }

        fn shared(&self) -> Option<Arc<Breaker>> {
            None
        }
    }

    impl Sealed for Arc<Breaker> {
        #[inline]
        fn is_unchanged(&self, closed: Word) -> bool {
            self.cell.is_unchanged(closed)
        }

        fn shared(&self) -> Option<Arc<Breaker>> {
            Some(Arc::clone(self))
        }
    }
}
