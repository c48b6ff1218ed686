//! A [`OnceBox`]: a value that the first thread to need it makes, and that later threads find by
//! one load. It is the type of `once_cell`, or in a model build one whose load loom follows.

#[cfg(not(breaker_loom))]
pub(crate) use once_cell::race::OnceBox;

#[cfg(breaker_loom)]
pub(crate) use model::OnceBox;

#[cfg(breaker_loom)]
mod model {
    use crate::sync::atomic::{AtomicU64, Ordering};

    /// A `OnceBox` of `once_cell`, with a flag for its pointer: an atomic of loom, since loom does
    /// not follow the pointer. Loom switches threads only at operations of its own, so no other
    /// thread runs between an operation on the flag and the one on the value.
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
            // If another thread has been first, its value is there already, and this one is
            // dropped.
            let (release, acquire) = (Ordering::Release, Ordering::Acquire);
            let _ = self.is_made.compare_exchange(0, 1, release, acquire);
            self.value.get_or_init(|| made)
        }
    }
}
