//! `breaker = EXPRESSION`: what may lead to a breaker of the program's own, and how a
//! call holds it.

use std::sync::Arc;

use crate::breaker::Breaker;

/// What a function may be given that is made for the call: it must lead to a
/// breaker that outlives it. A new breaker would forget, and a lock's guard would
/// hold the lock while the body runs.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is made for this call, and gone after it",
    label = "this leads to no breaker that stays",
    note = "give a `static`, a field, or an expression of type `&Breaker` or `Arc<Breaker>`"
)]
pub trait Leads {
    /// How the call holds the breaker.
    type Held<'a>
    where
        Self: 'a;

    /// The breaker.
    fn lead(&self) -> Self::Held<'_>;
}

#[diagnostic::do_not_recommend]
impl Leads for Arc<Breaker> {
    type Held<'a> = Arc<Breaker>;

    #[inline]
    fn lead(&self) -> Arc<Breaker> {
        Arc::clone(self)
    }
}

#[diagnostic::do_not_recommend]
impl<'b, B: Stays + ?Sized> Leads for &'b B {
    type Held<'a>
        = B::Lent<'b>
    where
        Self: 'a;

    #[inline]
    fn lead(&self) -> B::Lent<'b> {
        B::lend(self)
    }
}

/// What a reference may lead to a breaker by.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not lead to a breaker",
    label = "this is no breaker",
    note = "give a `static`, a field, or an expression of type `&Breaker` or `Arc<Breaker>`"
)]
pub trait Stays {
    /// How it is lent: by reference, or as a share.
    type Lent<'b>
    where
        Self: 'b;

    /// The breaker.
    fn lend(&self) -> Self::Lent<'_>;
}

macro_rules! stay {
    ($($outer:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Stays for $outer {
            type Lent<'b> = &'b Breaker;

            #[inline]
            fn lend(&self) -> &Breaker {
                self
            }
        }
    )*};
}
stay!(Breaker, Box<Breaker>, std::rc::Rc<Breaker>, std::sync::LazyLock<Breaker>);

macro_rules! stay_shared {
    ($($outer:ty),*) => {$(
        #[diagnostic::do_not_recommend]
        impl Stays for $outer {
            type Lent<'b> = Arc<Breaker>;

            #[inline]
            fn lend(&self) -> Arc<Breaker> {
                Arc::clone(self)
            }
        }
    )*};
}
stay_shared!(Arc<Breaker>, std::sync::LazyLock<Arc<Breaker>>);

#[diagnostic::do_not_recommend]
impl<'o, B: Stays + ?Sized> Stays for &'o B {
    type Lent<'b>
        = B::Lent<'o>
    where
        Self: 'b;

    #[inline]
    fn lend(&self) -> B::Lent<'o> {
        B::lend(self)
    }
}

/// A breaker inside of what its function consumes, or borrows for itself alone:
/// it must be held apart.
#[diagnostic::on_unimplemented(
    message = "this breaker lies in what the body takes for itself",
    label = "the call cannot hold it meanwhile",
    note = "make it `Arc<Breaker>`, or take it by reference: `&self`"
)]
pub trait HeldApart {
    /// Another hold on it.
    fn held_apart(&self) -> Arc<Breaker>;
}

#[diagnostic::do_not_recommend]
impl HeldApart for Arc<Breaker> {
    #[inline]
    fn held_apart(&self) -> Arc<Breaker> {
        Arc::clone(self)
    }
}

#[diagnostic::do_not_recommend]
impl<B: HeldApart + ?Sized> HeldApart for &B {
    #[inline]
    fn held_apart(&self) -> Arc<Breaker> {
        B::held_apart(self)
    }
}
