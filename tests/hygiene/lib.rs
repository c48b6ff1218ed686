//! A user's crate at its most hostile, in three editions: it has no prelude,
//! gives the standard library's names other meanings, and renames the dependency.
//!
//! The numbers in brackets are those of inputs that the attribute must survive.
//! `tests/shapes/index.rs` lists them, and checks that a test names each.
//! [MAC-060] [MAC-061] [MAC-100] [MAC-101] [MAC-102] [MAC-107] [MAC-110]

#![no_implicit_prelude]
#![allow(dead_code, unused_imports)]

mod std {}
mod core {}
mod alloc {}
mod breakerbox {}
mod guarded {}

/// Names of the prelude with meanings of their own.
mod taken {
    pub enum Option {
        Some,
        None,
    }
    pub enum Result {
        Ok,
        Err,
    }
    pub use self::Option::{None, Some};
    pub use self::Result::{Err, Ok};
    pub trait Default {}
    pub trait Drop {}
    pub trait Fn {}
    pub trait FnOnce {}
    pub trait From {}
    pub trait Future {}
    pub trait Into {}
    pub struct Box;
    pub struct Clone;
    pub struct String;
    pub struct Vec;
}

mod functions {
    use crate::taken::{
        Box, Clone, Default, Drop, Err, Fn, FnOnce, From, Future, Into, None, Ok, Option, Result,
        Some, String, Vec,
    };

    pub(crate) type Reply = ::std::result::Result<u32, ::guard::BreakerError>;

    #[::guard::circuit_breaker(name = "sync", threshold = 1, cooldown = "10s", crate = ::guard)]
    pub(crate) fn sync(reply: Reply) -> Reply {
        reply
    }

    #[::guard::circuit_breaker(name = "waits", threshold = 1, cooldown = "10s", crate = ::guard)]
    pub(crate) async fn waits(reply: Reply) -> Reply {
        ::std::future::ready(()).await;
        reply
    }

    #[::guard::circuit_breaker(
        name = "all", threshold = 1, failure_rate = 0.5, window = 10, min_calls = 5,
        slow_call = "1m", slow_rate = 0.5, cooldown = "10s", backoff = 1.0,
        cooldown_max = "1h", jitter = 0, probes = 1, success_threshold = 1, probe_timeout = "1m",
        failure(::std::result::Result::Err(_)), ignore(::std::result::Result::Ok(77)),
        trip = ::std::result::Result::Ok(78), timeout = "10s", on_cancel = "failure",
        retry_after = |_| ::std::option::Option::None,
        fallback_on = "failure", fallback = |_, cause| match cause {
            ::guard::Cause::Failed(output) => output,
            ::guard::Cause::Rejected(_) | ::guard::Cause::TimedOut(_) => {
                ::std::result::Result::Ok(99)
            }
        },
        crate = ::guard
    )]
    pub(crate) async fn all(reply: Reply) -> Reply {
        ::std::future::ready(()).await;
        reply
    }

    #[::guard::circuit_breaker(name = "keyed", key = key, fallback = spare, crate = ::guard)]
    pub(crate) async fn keyed(key: u32, reply: Reply) -> Reply {
        ::std::future::ready(()).await;
        reply
    }

    fn spare(_: u32, reply: Reply) -> Reply {
        reply
    }

    #[::guard::circuit_breaker(error = |error| error, threshold = 1, crate = ::guard)]
    pub(crate) fn mapped(reply: Reply) -> Reply {
        reply
    }

    pub(crate) struct Cursor<'a> {
        pub(crate) all: &'a mut [u8],
    }

    impl<'a> Cursor<'a> {
        #[::guard::circuit_breaker(name = "lent", crate = ::guard)]
        pub(crate) fn all(
            self,
        ) -> ::std::result::Result<::std::slice::IterMut<'a, u8>, ::guard::BreakerError> {
            ::std::result::Result::Ok(self.all.iter_mut())
        }
    }

    /// The argument's type hides a `&mut`.
    #[::guard::circuit_breaker(name = "lent", crate = ::guard)]
    pub(crate) fn first<'a>(
        cursor: Cursor<'a>,
    ) -> ::std::result::Result<&'a mut u8, ::guard::BreakerError> {
        ::std::result::Result::Ok(&mut cursor.all[0])
    }

    pub(crate) struct Client {
        pub(crate) breaker: ::guard::Breaker,
    }

    #[::guard::circuit_breaker(breaker = self.breaker, crate = ::guard)]
    impl Client {
        pub(crate) fn read(&self, reply: Reply) -> Reply {
            reply
        }

        pub(crate) fn made(
            &self,
            reply: Reply,
        ) -> ::std::pin::Pin<::std::boxed::Box<dyn ::std::future::Future<Output = Reply> + '_>>
        {
            let future = ::std::future::ready(reply);
            ::std::boxed::Box::pin(future)
        }
    }

    /// # Safety
    /// `reply` points to a reply.
    #[::guard::circuit_breaker(name = "unsafe", threshold = 1, cooldown = "10s", crate = ::guard)]
    pub(crate) unsafe fn by_pointer(reply: *const Reply) -> Reply {
        unsafe { ::std::clone::Clone::clone(&*reply) }
    }

    /// # Safety
    /// `reply` points to a reply.
    #[::guard::circuit_breaker(
        name = "unsafe", threshold = 1, cooldown = "10s", fallback = spare_by_pointer, crate = ::guard
    )]
    pub(crate) unsafe fn by_pointer_or_spare(reply: *const Reply) -> Reply {
        unsafe { ::std::clone::Clone::clone(&*reply) }
    }

    fn spare_by_pointer(_: *const Reply) -> Reply {
        ::std::result::Result::Ok(99)
    }

    /// C can call this function. A result below zero is a failure.
    #[::guard::circuit_breaker(
        name = "c", threshold = 1, cooldown = "10s", failure = ..0_i32, fallback = -1_000,
        crate = ::guard
    )]
    pub(crate) extern "C" fn for_c(reply: i32) -> i32 {
        reply
    }

    /// The linker finds this function under its own name.
    #[::guard::circuit_breaker(failure = ..0_i32, fallback = 0, crate = ::guard)]
    #[unsafe(no_mangle)]
    pub(crate) extern "C" fn hygiene_by_its_name(reply: i32) -> i32 {
        reply
    }

    /// The linker finds this function under another name.
    #[unsafe(export_name = "hygiene_by_another_name")]
    #[::guard::circuit_breaker(failure = ..0_i32, fallback = 0, crate = ::guard)]
    pub(crate) extern "C" fn exported(reply: i32) -> i32 {
        reply
    }

    /// # Safety
    /// Every call is safe.
    #[::guard::circuit_breaker(
        name = "c", threshold = 1, cooldown = "10s", failure = ..0_i32, fallback = -1_000,
        crate = ::guard
    )]
    pub(crate) unsafe extern "C" fn for_c_unsafe(reply: i32) -> i32 {
        reply
    }
}

#[cfg(test)]
mod tests {
    use ::std::prelude::v1::*;
    use ::std::time::Duration;
    use ::std::{assert, assert_eq, matches, panic};

    use ::guard::BreakerError;
    use ::guard::testing::Scope;

    use super::functions::*;

    /// Walks a function's breaker through a trip, a reopening and a close.
    fn walk(mut call: impl FnMut(Reply) -> Reply, spare: Option<u32>) {
        let down = || Err(failure());
        let is_turned_away = |reply: Reply| match reply {
            Ok(answer) => Some(answer) == spare,
            Err(error) => spare.is_none() && matches!(error, BreakerError::Open { .. }),
        };
        let scope = Scope::enter();
        assert_eq!(call(Ok(1)), Ok(1));
        assert_eq!(call(down()), down());
        assert!(is_turned_away(call(Ok(2))));
        scope.advance(Duration::from_secs(10));
        assert_eq!(call(down()), down(), "a probe, which reopens");
        assert!(is_turned_away(call(Ok(3))));
        scope.advance(Duration::from_secs(10));
        assert_eq!(call(Ok(4)), Ok(4), "a probe, which closes");
    }

    /// Returns the service's error: a rejection by another breaker, which is isolated. The guarded
    /// function's own breaker rejects because it is open.
    fn failure() -> BreakerError {
        let breaker = ::guard::Breaker::new("service", ::guard::Config::new());
        breaker.force_open();
        breaker.try_acquire().unwrap_err()
    }

    fn now<F: ::std::future::Future>(future: F) -> F::Output {
        let mut future = Box::pin(future);
        let mut context = ::std::task::Context::from_waker(::std::task::Waker::noop());
        match future.as_mut().poll(&mut context) {
            ::std::task::Poll::Ready(output) => output,
            ::std::task::Poll::Pending => panic!("nothing to wait for"),
        }
    }

    #[test]
    fn functions_are_guarded_though_every_name_is_taken() {
        walk(sync, None);
        walk(|reply| now(waits(reply)), None);
        let _scope = Scope::enter();
        assert_eq!(now(keyed(1, Ok(1))), Ok(1));
        assert_eq!(mapped(Err(failure())), Err(failure()));
        assert!(mapped(Ok(1)).is_err());
    }

    #[test]
    fn breaker_of_an_instance_is_found_though_every_name_is_taken() {
        let client = Client {
            breaker: ::guard::Breaker::new(
                "own",
                ::guard::Config::builder().threshold(1).build().unwrap(),
            ),
        };
        assert_eq!(client.read(Err(failure())), Err(failure()));
        assert!(client.read(Ok(1)).is_err());
        assert!(now(client.made(Ok(1))).is_err());
    }

    #[test]
    fn mutable_borrow_inside_of_a_value_is_lent_on() {
        let _scope = Scope::enter();
        let mut all = [1, 2];
        *first(Cursor { all: &mut all }).unwrap() = 3;
        for one in (Cursor { all: &mut all }).all().unwrap() {
            *one += 1;
        }
        assert_eq!(all, [4, 3]);
    }

    #[test]
    fn unsafe_function_is_guarded() {
        walk(|reply| unsafe { by_pointer(&reply) }, None);
        walk(|reply| unsafe { by_pointer_or_spare(&reply) }, Some(99));
    }

    /// [MAC-120]
    #[test]
    fn function_keeps_its_name_for_the_linker() {
        mod linked {
            unsafe extern "C" {
                pub(super) fn hygiene_by_its_name(reply: i32) -> i32;
                pub(super) fn hygiene_by_another_name(reply: i32) -> i32;
            }
        }
        let _scope = Scope::enter();
        let call = |reply| unsafe {
            (linked::hygiene_by_its_name(reply), linked::hygiene_by_another_name(reply))
        };
        for _ in 0..5 {
            assert_eq!(call(-1), (-1, -1));
        }
        assert_eq!(call(1), (0, 0), "the fallbacks answer");
        assert_eq!(exported(1), 0);
    }

    #[test]
    fn function_for_c_is_guarded() {
        let scope = Scope::enter();
        assert_eq!((for_c(1), unsafe { for_c_unsafe(-1) }), (1, -1));
        assert_eq!((for_c(1), unsafe { for_c_unsafe(1) }), (-1_000, -1_000));
        scope.advance(Duration::from_secs(10));
        assert_eq!(unsafe { for_c_unsafe(2) }, 2);
        assert_eq!(for_c(3), 3);
    }
}
