//! The watchdog. It ends the soak if no worker of a part makes a step for two minutes.

use std::collections::HashMap;
use std::process;
use std::thread;
use std::time::Duration;

use crate::post;

const LOOK: Duration = Duration::from_secs(1);

/// This number of looks in a row without a step is a stall. Looks are counted, and not time: a
/// machine that sleeps, or is busy elsewhere, delays the watchdog too.
const STALL: u32 = 120;

/// The exit code of a stall.
const STALLED: i32 = 3;

/// Looks at the parts for ever.
pub(crate) fn watch(seed: u64) -> ! {
    // By part: a checksum of its workers' steps, and the number of looks for which it is unchanged.
    let mut parts: HashMap<&str, (u64, u32)> = HashMap::new();
    loop {
        thread::sleep(LOOK);
        let mut steps: HashMap<&str, u64> = HashMap::new();
        for (number, post) in (1..).zip(post::all()) {
            // The number makes the sum differ when a worker ends and another begins.
            let sum = steps.entry(post.part).or_default();
            *sum = sum.wrapping_mul(31).wrapping_add(post.steps()).wrapping_add(number);
        }
        for (part, now) in steps {
            let (before, looks) = parts.entry(part).or_default();
            *looks = if *before == now { *looks + 1 } else { 0 };
            *before = now;
            if *looks >= STALL {
                eprintln!("soak: fault in {part}: nothing moves (seed {seed})");
                for post in post::all() {
                    let (part, worker) = (post.part, post.worker);
                    eprintln!("  {part} {worker}: {} (step {})", post.doing(), post.steps());
                }
                process::exit(STALLED);
            }
        }
    }
}
