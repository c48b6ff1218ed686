//! The sources of the breaker of a request.

use std::fmt;

use breaker_core::expansion::{self, CallsiteRef, KeyText, Source, Steps};
use breaker_core::{BreakerError, Permit};

use crate::key::Key;
use crate::permit::{AnyPermit, Held, Holder};

/// The source of the breaker of a request: [`Named`], [`Keyed`] or [`Given`]. Sealed.
pub trait Supply<Request>: sealed::Sealed {
    /// The permit of an admitted call.
    type Permit: Held;

    /// Returns true if the breaker would admit a call; `None` if that depends on the request.
    #[doc(hidden)]
    fn is_call_permitted(&self) -> Option<bool>;

    /// Asks for admission.
    #[doc(hidden)]
    fn acquire(&self, request: &Request) -> Result<Self::Permit, BreakerError>;
}

mod sealed {
    /// The supertrait that no other crate can name.
    pub trait Sealed {}

    impl Sealed for super::Named {}

    impl<K> Sealed for super::Keyed<K> {}

    impl<B> Sealed for super::Given<B> {}
}

/// The breaker of a name, in the registry of the process.
#[derive(Clone, Copy)]
pub struct Named {
    pub(crate) name: &'static str,
    pub(crate) site: CallsiteRef,
}

/// One breaker for each key under a name.
#[derive(Clone)]
pub struct Keyed<K> {
    pub(crate) named: Named,
    pub(crate) key: K,
}

/// A breaker that the program has made.
#[derive(Clone)]
pub struct Given<B>(pub(crate) B);

impl<Request> Supply<Request> for Named {
    type Permit = Steps<CallsiteRef>;

    #[inline]
    fn is_call_permitted(&self) -> Option<bool> {
        Some(self.site.pass().is_some() || self.is_permitted_slow())
    }

    #[inline]
    fn acquire(&self, _: &Request) -> Result<Self::Permit, BreakerError> {
        Steps::acquire(self.site)
    }
}

impl Named {
    #[inline(never)]
    fn is_permitted_slow(&self) -> bool {
        self.site.resolve().is_call_permitted()
    }
}

impl<Request, K> Supply<Request> for Keyed<K>
where
    K: for<'r> Key<'r, Request>,
{
    type Permit = AnyPermit;

    #[inline]
    fn is_call_permitted(&self) -> Option<bool> {
        None
    }

    #[inline]
    fn acquire(&self, request: &Request) -> Result<AnyPermit, BreakerError> {
        let site = self.named.site;
        match self.key.key(request) {
            Some(key) => {
                let breaker = expansion::keyed(site, key.as_ref(), |text| KeyText::Text(text));
                acquire(breaker).map(Held::into_any)
            }
            None => Steps::acquire(site).map(Held::into_any),
        }
    }
}

impl<Request, B: Holder> Supply<Request> for Given<B> {
    type Permit = Permit<B>;

    #[inline]
    fn is_call_permitted(&self) -> Option<bool> {
        Some(self.0.is_call_permitted())
    }

    #[inline]
    fn acquire(&self, _: &Request) -> Result<Permit<B>, BreakerError> {
        acquire(self.0.clone())
    }
}

#[inline]
fn acquire<S: Source>(source: S) -> Result<Permit<S::Held>, BreakerError> {
    expansion::acquire_for_steps(source)
}

impl fmt::Debug for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Named").field(&self.name).finish()
    }
}

impl<K> fmt::Debug for Keyed<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Keyed").field(&self.named.name).finish()
    }
}

impl<B: Holder> fmt::Debug for Given<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Given").field(self.0.name()).finish()
    }
}
