//! The call itself, which all cases share.

use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use breakerbox::BreakerError;

/// The reply of a call.
pub(crate) type Reply = Result<u64, Sick>;

/// The reason why a call failed. A reply is two whole words, which fit into registers: so the
/// breaker is measured, and not the copying of a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u64)]
pub(crate) enum Sick {
    /// The service is down.
    Down,
    /// The breaker rejected the call.
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

/// Polls a future that waits for nothing, or with several threads for a lock.
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
    // One of a hundred threads has the lock, and may be waiting for a core.
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
