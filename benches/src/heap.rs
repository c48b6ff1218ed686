//! The allocations of calls, and the memory that a breaker holds.
//!
//! This needs a build of its own: an allocator that counts would change the other figures.

use crate::case::Case;
use crate::findings::Findings;

/// # Errors
/// Always: this build cannot count.
#[cfg(not(feature = "allocations"))]
pub(crate) fn count(_cases: &[Case]) -> Result<Findings, Box<dyn std::error::Error>> {
    Err("this build does not count allocations: build it with `--features allocations`".into())
}

#[cfg(feature = "allocations")]
pub(crate) use counted::count;

#[cfg(feature = "allocations")]
mod counted {
    use allocation_counter::measure;

    use super::{Case, Findings};
    use crate::case::{Path, Unexpected, measured};
    use crate::findings::Measure;
    use crate::peer;
    use crate::subject::Subject;

    const CALLS: u32 = 1_024;
    /// Enough calls for everything that is made on first calls.
    const FIRST_CALLS: u64 = 64;

    pub(crate) fn count(cases: &[Case]) -> Result<Findings, Unexpected> {
        let mut findings = Findings::default();
        for case in cases {
            let subject = case.prepare()?;
            measured(&*subject, case.path, FIRST_CALLS);
            let calls = || measured(&*subject, case.path, CALLS.into());
            #[allow(clippy::cast_precision_loss, reason = "far less than 2^53")]
            let count = measure(calls).count_total as f64;
            findings.add(&case.id(), Measure::Allocations, &[count / f64::from(CALLS)]);
            // An annotated function's breaker is in the registry, so it cannot be dropped here.
            if case.path == Path::Success && case.peer != peer::ANNOTATED {
                #[allow(clippy::cast_precision_loss, reason = "far less than 2^53")]
                let bytes = bytes(case, &*subject) as f64;
                findings.add(&case.id(), Measure::Bytes, &[bytes]);
            }
        }
        println!("counted the allocations of {} cases", cases.len());
        Ok(findings)
    }

    /// The bytes of a boxed subject, with all that it has on the heap, once two threads have called
    /// it. `another` is called first, so that one-time allocations of threads and program are not
    /// counted.
    fn bytes(case: &Case, another: &dyn Subject) -> i64 {
        let mut made = None;
        let one = measure(|| {
            let subject = (case.make)();
            measured(&*subject, case.path, FIRST_CALLS);
            made = Some(subject);
        });
        let Some(subject) = made else { return 0 };
        let other = std::thread::scope(|scope| {
            let calls = || {
                measured(another, case.path, FIRST_CALLS);
                measure(|| measured(&*subject, case.path, FIRST_CALLS)).bytes_current
            };
            scope.spawn(calls).join()
        });
        // The subject also holds the function that judges a reply.
        one.bytes_current + other.unwrap_or(0) - i64::try_from(size_of::<fn()>()).unwrap_or(0)
    }
}
