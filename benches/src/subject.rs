//! Calls in a row, as fast as they go.

use std::hint::black_box;

/// The answer of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    Success,
    Failure,
    Rejection,
}

/// The number of calls by answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) successes: u64,
    pub(crate) failures: u64,
    pub(crate) rejections: u64,
}

/// A breaker with a function to guard.
pub(crate) trait Subject: Send + Sync {
    /// Makes `calls` calls. A call succeeds if its number has no bit of `mask` set.
    fn run(&self, calls: u64, mask: u64);

    /// Like [`run`](Self::run), but counts the answers.
    fn tally(&self, calls: u64, mask: u64) -> Tally;

    /// The number of calls that are made at once. The number of all calls should be a multiple of
    /// it.
    fn unit(&self) -> u64 {
        1
    }
}

/// A subject that all threads call through a reference.
pub(crate) fn shared<R: 'static>(
    call: impl Fn(u64) -> R + Send + Sync + 'static,
    answer: fn(&R) -> Answer,
) -> Box<dyn Subject> {
    Box::new(Shared { call, answer })
}

/// A subject that gives each thread a handle, which a call may change.
pub(crate) fn cloned<H: Clone + Send + Sync + 'static, R: 'static>(
    handle: H,
    call: impl Fn(&mut H, u64) -> R + Send + Sync + 'static,
    answer: fn(&R) -> Answer,
) -> Box<dyn Subject> {
    Box::new(Cloned { handle, call, answer })
}

/// A subject that makes `unit` calls in one go, all of which succeed.
pub(crate) fn in_passes(unit: u64, pass: impl Fn() + Send + Sync + 'static) -> Box<dyn Subject> {
    Box::new(Passes { unit, pass })
}

struct Passes<P> {
    unit: u64,
    pass: P,
}

impl<P: Fn() + Send + Sync> Subject for Passes<P> {
    #[inline(never)]
    fn run(&self, calls: u64, _mask: u64) {
        (0..calls.div_ceil(self.unit)).for_each(|_| (self.pass)());
    }

    fn tally(&self, calls: u64, mask: u64) -> Tally {
        self.run(calls, mask);
        Tally { successes: calls, ..Tally::default() }
    }

    fn unit(&self) -> u64 {
        self.unit
    }
}

struct Shared<C, R> {
    call: C,
    answer: fn(&R) -> Answer,
}

struct Cloned<H, C, R> {
    handle: H,
    call: C,
    answer: fn(&R) -> Answer,
}

impl<R, C: Fn(u64) -> R + Send + Sync> Subject for Shared<C, R> {
    #[inline(never)]
    fn run(&self, calls: u64, mask: u64) {
        repeat(calls, mask, |task| (self.call)(task));
    }

    fn tally(&self, calls: u64, mask: u64) -> Tally {
        count(calls, mask, &self.call, self.answer)
    }
}

impl<H, R, C> Subject for Cloned<H, C, R>
where
    H: Clone + Send + Sync,
    C: Fn(&mut H, u64) -> R + Send + Sync,
{
    #[inline(never)]
    fn run(&self, calls: u64, mask: u64) {
        let mut handle = self.handle.clone();
        repeat(calls, mask, |task| (self.call)(&mut handle, task));
    }

    fn tally(&self, calls: u64, mask: u64) -> Tally {
        let mut handle = self.handle.clone();
        count(calls, mask, |task| (self.call)(&mut handle, task), self.answer)
    }
}

#[inline]
fn repeat<R>(calls: u64, mask: u64, mut call: impl FnMut(u64) -> R) {
    for number in 0..calls {
        let output = call(task(number, mask));
        // By reference, so that a large output is not copied.
        black_box(&output);
    }
}

fn count<R>(
    calls: u64,
    mask: u64,
    mut call: impl FnMut(u64) -> R,
    answer: fn(&R) -> Answer,
) -> Tally {
    let mut tally = Tally::default();
    for number in 0..calls {
        *match answer(&call(task(number, mask))) {
            Answer::Success => &mut tally.successes,
            Answer::Failure => &mut tally.failures,
            Answer::Rejection => &mut tally.rejections,
        } += 1;
    }
    tally
}

/// The task for a call. Zero fails.
#[inline]
fn task(number: u64, mask: u64) -> u64 {
    u64::from(number & mask == 0)
}
