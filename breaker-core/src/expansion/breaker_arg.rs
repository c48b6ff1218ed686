//! `breaker = EXPRESSION`: the values that give a breaker, and the way in which the call holds it.
//!
//! The expansion picks one of three functions. `borrow_breaker` takes a place, which coerces to
//! `&Breaker`. `share_breaker` takes a breaker inside an argument that the body takes
//! ([`ShareBreaker`]). `resolve_breaker` takes any other value, and a place in a function that
//! returns a future. Such a value must give a breaker that outlives the call ([`ResolveBreaker`]);
//! a reference gives it by [`BorrowBreaker`].

use std::sync::Arc;

use crate::breaker::Breaker;

/// A value that gives a breaker which outlives the call. Breakers by value and lock guards are left
/// out: a new breaker would forget its failures, and a guard would hold the lock while the body
/// runs.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a breaker that outlives the call",
    label = "expected `&Breaker`, `Arc<Breaker>`, a `static` or a field",
    note = "give a `static`, a field, or an expression of type `&Breaker` or `Arc<Breaker>`"
)]
pub trait ResolveBreaker {
    /// The call's reference to the breaker.
    type Ref<'a>
    where
        Self: 'a;

    /// Returns the reference to the breaker.
    fn resolve(&self) -> Self::Ref<'_>;
}

#[diagnostic::do_not_recommend]
impl ResolveBreaker for Arc<Breaker> {
    type Ref<'a> = Arc<Breaker>;

    #[inline]
    fn resolve(&self) -> Arc<Breaker> {
        Arc::clone(self)
    }
}

#[diagnostic::do_not_recommend]
impl<'b, B: BorrowBreaker + ?Sized> ResolveBreaker for &'b B {
    type Ref<'a>
        = B::Ref<'b>
    where
        Self: 'a;

    #[inline]
    fn resolve(&self) -> B::Ref<'b> {
        B::borrow(self)
    }
}

/// A type behind a reference that gives the call its breaker.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a breaker",
    label = "expected a breaker, or a reference to one",
    note = "give a `static`, a field, or an expression of type `&Breaker` or `Arc<Breaker>`"
)]
pub trait BorrowBreaker {
    /// The call's reference to the breaker: a plain reference, or a clone of an [`Arc`].
    type Ref<'b>
    where
        Self: 'b;

    /// Returns the reference to the breaker.
    fn borrow(&self) -> Self::Ref<'_>;
}

macro_rules! borrow_plain {
    ($($outer:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl BorrowBreaker for $outer {
            type Ref<'b> = &'b Breaker;

            #[inline]
            fn borrow(&self) -> &Breaker {
                self
            }
        }
    )*};
}
borrow_plain!(Breaker, Box<Breaker>, std::rc::Rc<Breaker>, std::sync::LazyLock<Breaker>);

macro_rules! borrow_share {
    ($($outer:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl BorrowBreaker for $outer {
            type Ref<'b> = Arc<Breaker>;

            #[inline]
            fn borrow(&self) -> Arc<Breaker> {
                Arc::clone(self)
            }
        }
    )*};
}
borrow_share!(Arc<Breaker>, std::sync::LazyLock<Arc<Breaker>>);

#[diagnostic::do_not_recommend]
impl<'o, B: BorrowBreaker + ?Sized> BorrowBreaker for &'o B {
    type Ref<'b>
        = B::Ref<'o>
    where
        Self: 'b;

    #[inline]
    fn borrow(&self) -> B::Ref<'o> {
        B::borrow(self)
    }
}

/// A breaker that the call can share. The call needs it if the body consumes the argument with the
/// breaker, or borrows the argument mutably.
#[diagnostic::on_unimplemented(
    message = "the call cannot hold this breaker while the body has it",
    label = "the body takes the value that this breaker is part of",
    note = "make it `Arc<Breaker>`, or take it by reference: `&self`"
)]
pub trait ShareBreaker {
    /// Returns a clone of the `Arc`.
    fn share(&self) -> Arc<Breaker>;
}

#[diagnostic::do_not_recommend]
impl ShareBreaker for Arc<Breaker> {
    #[inline]
    fn share(&self) -> Arc<Breaker> {
        Arc::clone(self)
    }
}

#[diagnostic::do_not_recommend]
impl<B: ShareBreaker + ?Sized> ShareBreaker for &B {
    #[inline]
    fn share(&self) -> Arc<Breaker> {
        B::share(self)
    }
}
