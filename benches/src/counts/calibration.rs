//! Cases whose counts are known.

use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::case::{Case, Form, Group, Path, Policy};
use crate::subject::{Answer, shared};

/// The work of a case on a word.
type Touch = fn(&AtomicU64, u64) -> u64;

/// The name, the atomic operations per call, and the work.
const KNOWN: [(&str, u64, Touch); 4] = [
    ("load and store", 0, |word, number| {
        word.store(number, Ordering::Release);
        word.load(Ordering::Acquire)
    }),
    ("add", 1, |word, number| word.fetch_add(number, Ordering::Relaxed)),
    ("swap", 1, |word, number| word.swap(number, Ordering::AcqRel)),
    ("compare and swap, then store", 2, |word, number| {
        let _ = word.compare_exchange(number, 0, Ordering::AcqRel, Ordering::Relaxed);
        word.store(number, Ordering::SeqCst); // an exchange, on x86-64
        number
    }),
];

/// The cases, each with its atomic operations per call.
pub(crate) fn cases() -> Vec<(Case, u64)> {
    KNOWN.iter().map(|(name, atomics, touch)| (case(name, *touch), *atomics)).collect()
}

fn case(extra: &'static str, touch: Touch) -> Case {
    let make = move || {
        let word = AtomicU64::new(0);
        shared(move |number| touch(black_box(&word), number), |_| Answer::Success)
    };
    Case {
        group: Group::Special,
        peer: "known",
        extra,
        policy: Policy::None,
        path: Path::Success,
        form: Form::Sync,
        make: Box::new(make),
    }
}
