//! The time that a call may wait for a lock: 5 ms. Only a call that fails or probes waits.

use std::sync::{Mutex, MutexGuard, TryLockError};
use std::thread;
use std::time::{Duration, Instant};

use crate::sys::{Lock, RecordFile};
use crate::trouble::Trouble;

const PATIENCE: Duration = Duration::from_millis(5);
/// The usual time for which another process holds a lock.
const PAUSE: Duration = Duration::from_micros(20);
/// The number of times that the thread yields the processor before it sleeps.
const YIELDS: u32 = 20;

/// The moment at which a wait for locks ends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deadline(Instant);

impl Deadline {
    pub(crate) fn new() -> Self {
        Self(Instant::now() + PATIENCE)
    }

    /// Returns a deadline that has passed, so that nothing waits.
    pub(crate) fn over() -> Self {
        Self(Instant::now())
    }

    pub(crate) fn is_over(self) -> bool {
        Instant::now() >= self.0
    }

    /// Locks a mutex. A child may have been forked while a thread of its parent held the lock; the
    /// child does not wait for ever.
    pub(crate) fn lock<T>(self, mutex: &Mutex<T>) -> Result<MutexGuard<'_, T>, Trouble> {
        self.wait(|| match mutex.try_lock() {
            Ok(guard) => Ok(Some(guard)),
            Err(TryLockError::Poisoned(poisoned)) => Ok(Some(poisoned.into_inner())),
            Err(TryLockError::WouldBlock) => Ok(None),
        })
    }

    /// Locks the file of a record.
    pub(crate) fn lock_file(self, file: &RecordFile) -> Result<Lock<'_>, Trouble> {
        self.wait(|| Ok(file.try_lock()?))
    }

    fn wait<T>(
        self,
        mut attempt: impl FnMut() -> Result<Option<T>, Trouble>,
    ) -> Result<T, Trouble> {
        for attempts in 0.. {
            if let Some(done) = attempt()? {
                return Ok(done);
            }
            if self.is_over() {
                break;
            }
            if attempts < YIELDS { thread::yield_now() } else { thread::sleep(PAUSE) }
        }
        Err(Trouble::Busy)
    }
}
