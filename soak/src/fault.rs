//! Faults. A fault is a rule that did not hold: it is printed with the seed, and ends the soak.

use std::any::Any;
use std::fmt::Display;
use std::panic::{self, AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Faults of a soak that keeps going are printed up to this number.
const PRINTED: u64 = 20;

static SEED: OnceLock<(u64, bool)> = OnceLock::new();
static FAULTS: AtomicU64 = AtomicU64::new(0);

/// The payload that the callers panic with. It is thrown past the hook, so any panic that reaches
/// the hook is a fault.
struct Planned;

/// Panics as a body, a judge or a listener of a user would, without a word on the terminal.
pub(crate) fn panic_as_planned() -> ! {
    resume_unwind(Box::new(Planned))
}

/// Runs `body` and returns `None` if it panicked as planned.
pub(crate) fn survive<R>(body: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(output) => Some(output),
        Err(payload) => {
            expect_planned(&*payload);
            None
        }
    }
}

pub(crate) fn expect_planned(payload: &(dyn Any + Send)) {
    if !payload.is::<Planned>() {
        report("a panic", "its payload is not ours");
    }
}

/// Prepares for faults: a panic that nobody has planned is one.
pub(crate) fn expect_none(seed: u64, keeps_going: bool) {
    SEED.get_or_init(|| (seed, keeps_going));
    panic::set_hook(Box::new(|info| report("a panic", info)));
}

/// Prints the rule that did not hold, and the place. Ends the process, unless the soak keeps going.
pub(crate) fn report(place: &str, what: impl Display) {
    let (seed, keeps_going) = SEED.get().copied().unwrap_or_default();
    let earlier = FAULTS.fetch_add(1, Ordering::Relaxed);
    if earlier < PRINTED {
        eprintln!("soak: fault in {place}: {what} (seed {seed})");
    }
    if !keeps_going {
        process::exit(1);
    }
}

pub(crate) fn count() -> u64 {
    FAULTS.load(Ordering::Relaxed)
}
