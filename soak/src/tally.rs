//! Counts of what the soak has done.

use std::fmt;
use std::ops::AddAssign;
use std::sync::{Mutex, PoisonError};

macro_rules! tally {
    ($($field:ident: $shown:literal,)*) => {
        /// Each worker has its own counts, so that counting orders nothing between threads.
        #[derive(Clone, Copy, Default)]
        pub(crate) struct Tally {
            $(pub(crate) $field: u64,)*
        }

        impl AddAssign for Tally {
            fn add_assign(&mut self, other: Self) {
                $(self.$field += other.$field;)*
            }
        }

        impl fmt::Display for Tally {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let all = [$((self.$field, $shown)),*];
                let mut done = all.into_iter().filter(|(number, _)| *number > 0);
                if let Some((number, what)) = done.next() {
                    write!(f, "{number} {what}")?;
                }
                done.try_for_each(|(number, what)| write!(f, ", {number} {what}"))
            }
        }
    };
}

tally! {
    rounds: "rounds",
    calls: "calls",
    episodes: "episodes",
    events: "events",
    rejections: "rejections",
    probes: "probes",
    panics: "panics",
    cancels: "cancels",
    forgotten: "permits forgotten",
    keys_made: "keys made",
    keys_gone: "keys gone",
    controls: "controls",
    reconfigurations: "reconfigurations",
    snapshots: "snapshots",
    runtimes: "runtimes dropped",
}

static TOTAL: Mutex<Option<Tally>> = Mutex::new(None);

pub(crate) fn add(tally: Tally) {
    let mut total = TOTAL.lock().unwrap_or_else(PoisonError::into_inner);
    *total.get_or_insert_default() += tally;
}

pub(crate) fn total() -> Tally {
    TOTAL.lock().unwrap_or_else(PoisonError::into_inner).unwrap_or_default()
}
