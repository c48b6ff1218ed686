//! Atomics, locks and thread-locals: the standard library's, or loom's in a model build.

#[cfg(not(breaker_loom))]
pub(crate) use core::sync::atomic::{AtomicU64, Ordering, fence};

#[cfg(breaker_loom)]
pub(crate) use loom::sync::atomic::{AtomicU64, Ordering, fence};

#[cfg(not(breaker_loom))]
pub(crate) use std::sync::{Mutex, MutexGuard};

#[cfg(breaker_loom)]
pub(crate) use loom::sync::{Mutex, MutexGuard};

#[cfg(not(breaker_loom))]
pub(crate) use core::hint::spin_loop;

#[cfg(breaker_loom)]
pub(crate) use loom::hint::spin_loop;

/// Locks a mutex, poisoned or not. No user code runs under these locks, so a panic leaves the
/// guarded value consistent.
#[cfg(not(breaker_loom))]
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Locks a mutex in a model build.
#[cfg(breaker_loom)]
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap()
}

/// Declares a constructor that is `const`, except in a model build, where loom's atomics
/// register themselves at run time.
macro_rules! const_unless_loom {
    ($(#[$meta:meta])* $vis:vis fn $name:ident ( $($arg:ident : $ty:ty),* ) -> $ret:ty $body:block) => {
        #[cfg(not(breaker_loom))]
        $(#[$meta])* $vis const fn $name($($arg: $ty),*) -> $ret $body

        #[cfg(breaker_loom)]
        $(#[$meta])* $vis fn $name($($arg: $ty),*) -> $ret $body
    };
}
pub(crate) use const_unless_loom;

/// Declares a thread-local. A model build uses loom's, since loom runs all threads of a model on
/// one system thread.
macro_rules! per_thread {
    ($(#[$meta:meta])* static $name:ident: $ty:ty = $init:expr;) => {
        #[cfg(not(breaker_loom))]
        std::thread_local! { $(#[$meta])* static $name: $ty = const { $init }; }

        #[cfg(breaker_loom)]
        loom::thread_local! { $(#[$meta])* static $name: $ty = $init; }
    };
}
pub(crate) use per_thread;
