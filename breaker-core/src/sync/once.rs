//! A [`OnceBox`]: the first thread that needs its value makes it, and later threads find it by one
//! load. It is `once_cell`'s type; in a model build, a type whose load loom follows.

#[cfg(not(breaker_loom))]
pub(crate) use once_cell::race::OnceBox;

#[cfg(breaker_loom)]
pub(crate) use model::OnceBox;

#[cfg(breaker_loom)]
mod model {
    use crate::sync::atomic::{AtomicU64, Ordering};

    /// A `OnceBox` of `once_cell`, with a flag in an atomic of loom, since loom does not follow the
    /// pointer. Loom switches threads only at its own operations, so no other thread runs between
    /// an operation on the flag and the one on the value.
    #[derive(Debug)]
    pub(crate) struct OnceBox<T> {
        is_made: AtomicU64,
        value: once_cell::race::OnceBox<T>,
    }

    impl<T> OnceBox<T> {
        pub(crate) fn new() -> Self {
            OnceBox { is_made: AtomicU64::new(0), value: once_cell::race::OnceBox::new() }
        }

        pub(crate) fn get(&self) -> Option<&T> {
            // Acquire pairs with the release below, as in `once_cell`.
            let is_made = self.is_made.load(Ordering::Acquire) == 1;
            is_made.then(|| self.value.get()).flatten()
        }

        pub(crate) fn get_or_init(&self, make: impl FnOnce() -> Box<T>) -> &T {
            if let Some(value) = self.get() {
                return value;
            }
            let made = make();
            // If another thread was first, its value stays, and this one is dropped. Release pairs
            // with the acquire above.
            let (release, acquire) = (Ordering::Release, Ordering::Acquire);
            let _ = self.is_made.compare_exchange(0, 1, release, acquire);
            self.value.get_or_init(|| made)
        }
    }
}
