//! A [`Post`]: what one thread is doing at present, for the watchdog to read.

use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

macro_rules! doing {
    ($($name:ident: $shown:literal,)*) => {
        #[derive(Clone, Copy)]
        pub(crate) enum Doing {
            $($name,)*
        }

        const SHOWN: &[&str] = &[$($shown),*];
    };
}

doing! {
    Begins: "begins",
    Calls: "calls",
    Fails: "fails",
    Succeeds: "succeeds",
    Snapshots: "takes a snapshot",
    Reconfigures: "reconfigures",
    Controls: "steers",
    Checks: "checks a breaker that nobody uses",
    Recovers: "waits for a recovery",
    Waits: "waits for other threads",
    Ended: "has ended",
}

/// The place where one worker notes its present step. Only its own thread writes to it, by relaxed
/// stores: stronger ones would order the threads' actions on the breakers, and so hide faults.
pub(crate) struct Post {
    pub(crate) part: &'static str,
    pub(crate) worker: usize,
    steps: AtomicU64,
    doing: AtomicU8,
}

static POSTS: Mutex<Vec<Arc<Post>>> = Mutex::new(Vec::new());

impl Post {
    pub(crate) fn new(part: &'static str, worker: usize) -> Arc<Self> {
        let (steps, doing) = (AtomicU64::new(0), AtomicU8::new(Doing::Begins as u8));
        let post = Arc::new(Post { part, worker, steps, doing });
        lock().push(Arc::clone(&post));
        post
    }

    /// Notes the next step.
    pub(crate) fn does(&self, doing: Doing) {
        // Relaxed: the watchdog looks at it a minute later.
        self.doing.store(doing as u8, Ordering::Relaxed);
        self.steps.store(self.steps.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }

    pub(crate) fn steps(&self) -> u64 {
        self.steps.load(Ordering::Relaxed)
    }

    pub(crate) fn doing(&self) -> &'static str {
        let doing = self.doing.load(Ordering::Relaxed);
        SHOWN.get(usize::from(doing)).copied().unwrap_or_default()
    }

    pub(crate) fn leave(self: &Arc<Self>) {
        self.does(Doing::Ended);
        lock().retain(|post| !Arc::ptr_eq(post, self));
    }
}

/// Returns the posts of all workers that have not ended.
pub(crate) fn all() -> Vec<Arc<Post>> {
    lock().clone()
}

fn lock() -> std::sync::MutexGuard<'static, Vec<Arc<Post>>> {
    POSTS.lock().unwrap_or_else(PoisonError::into_inner)
}
