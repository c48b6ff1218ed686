//! The memory of the process, which must not grow once all parts have warmed up.

use std::fmt;
use std::fs;

use crate::fault;

/// The memory may grow to this many times its size in the warm-up, and [`MORE_MIB`] more.
const TIMES: u64 = 2;
const MORE_MIB: u64 = 64;

/// The resident set in MiB: the most in the warm-up, and the most in the whole run.
#[derive(Default)]
pub(crate) struct Memory {
    warm: u64,
    most: u64,
    is_known: bool,
}

impl Memory {
    /// Looks at the memory of this process. Only Linux shows it.
    pub(crate) fn look(&mut self, is_warm: bool) {
        let Some(now) = resident() else { return };
        self.is_known = true;
        if !is_warm {
            self.warm = self.warm.max(now);
        }
        if now > self.most {
            self.most = now;
            if is_warm && now > TIMES * self.warm + MORE_MIB {
                fault::report("memory", format_args!("it grows: {self}"));
            }
        }
    }
}

impl fmt::Display for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_known {
            write!(f, "memory at most {} MiB, in the warm-up {} MiB", self.most, self.warm)
        } else {
            write!(f, "memory is not looked at on this system")
        }
    }
}

fn resident() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024)
}
