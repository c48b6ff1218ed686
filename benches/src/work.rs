//! The call itself, the same everywhere.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use breakerbox::BreakerError;

/// What a call returns.
pub(crate) type Reply = Result<u64, Sick>;

/// Why a call failed. A reply is two whole words, which go in registers: what is
/// measured is the breaker, and not how a reply is copied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Sick {
    /// The service answered so.
    Down,
    /// The breaker did not ask it.
    Rejected,
}

/// Fails if the task is zero.
#[inline(never)]
pub(crate) fn work(task: u64) -> Reply {
    let task = black_box(task);
    if task == 0 { Err(Sick::Down) } else { Ok(task.rotate_left(7) ^ 0x5EED) }
}

pub(crate) async fn work_later(task: u64) -> Reply {
    work(task)
}

/// Polls a future that has nothing to wait for but, with several threads, a lock.
pub(crate) fn ready<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        pause();
    }
}

#[cold]
#[inline(never)]
fn pause() {
    thread_local! { static PAUSES: Cell<u32> = const { Cell::new(0) }; }
    let pauses = PAUSES.get().wrapping_add(1);
    PAUSES.set(pauses);
    // Of a hundred threads, the one that has the lock may be waiting for a core.
    if pauses.is_multiple_of(64) {
        std::thread::yield_now();
    }
    std::hint::spin_loop();
}

impl From<BreakerError> for Sick {
    fn from(_: BreakerError) -> Self {
        Sick::Rejected
    }
}

impl fmt::Display for Sick {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Sick::Down => "the service is down",
            Sick::Rejected => "the call was rejected",
        })
    }
}

impl Error for Sick {}
