//! The cores that threads run on.

use std::num::NonZeroUsize;
use std::thread::available_parallelism;

/// Two cores that this process may use.
pub(super) fn two() -> Result<[usize; 2], String> {
    let count = available_parallelism().map_or(1, NonZeroUsize::get);
    if count < 2 {
        return Err("this process has one core, on which two threads would take turns; \
                    give it two"
            .to_owned());
    }
    Ok(first_two())
}

#[cfg(target_os = "linux")]
mod system {
    use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

    pub(in crate::timing) fn first_two() -> [usize; 2] {
        let allowed = sched_getaffinity(None).unwrap_or_default();
        let mut cores = (0..CpuSet::MAX_CPU).filter(|core| allowed.is_set(*core));
        [cores.next().unwrap_or(0), cores.next().unwrap_or(1)]
    }

    /// Keeps the thread on a core. If the system refuses, samples in which the threads took turns
    /// are still detected.
    pub(in crate::timing) fn stay_on(core: usize) {
        let mut only = CpuSet::new();
        only.set(core);
        let _ = sched_setaffinity(None, &only);
    }
}

/// Other systems decide by themselves; samples in which the threads took turns are detected.
#[cfg(not(target_os = "linux"))]
mod system {
    pub(in crate::timing) fn first_two() -> [usize; 2] {
        [0, 1]
    }

    pub(in crate::timing) fn stay_on(_core: usize) {}
}

use system::first_two;
pub(super) use system::stay_on;
