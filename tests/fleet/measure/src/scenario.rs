//! The runs, and what is asked of each.

use std::time::Duration;

use crate::run::{Act, Plan};
use crate::{Failure, table};

/// Later than the first syncs, which are the load of an idle fleet.
const DOWN: Duration = Duration::from_secs(10);

const fn at(seconds: u64, act: Act) -> (Duration, Act) {
    (Duration::from_secs(seconds), act)
}

/// The service goes down, and comes back at the end.
const OUTAGE: &[(Duration, Act)] = &[
    at(0, Act::Mark),
    at(10, Act::Mark),
    at(10, Act::ServiceDown),
    (Duration::from_millis(10_500), Act::Mark),
    at(14, Act::Mark),
    at(24, Act::Mark),
    at(24, Act::ServiceUp),
];
const LONG: Duration = Duration::from_secs(28);

const BASE: Plan = Plan {
    name: "",
    instances: 50,
    rate: 20.0,
    is_fleet: true,
    poisoned: 0,
    quorum: None,
    by_proxy: false,
    length: LONG,
    acts: OUTAGE,
};

/// Pairs of runs that differ in the Redis alone, and their processes.
const OUTAGES: [(usize, f64); 5] = [(50, 20.0), (100, 20.0), (100, 0.5), (500, 1.0), (2, 20.0)];

const POISONED: [Plan; 3] = [
    Plan { name: "1 poisoned", poisoned: 1, length: Duration::from_secs(12), acts: &[], ..BASE },
    Plan { name: "4 poisoned", poisoned: 4, length: Duration::from_secs(12), acts: &[], ..BASE },
    Plan {
        name: "1 poisoned, quorum 1",
        poisoned: 1,
        quorum: Some(1),
        length: Duration::from_secs(12),
        acts: &[],
        ..BASE
    },
];

const LENGTH: Duration = Duration::from_secs(20);

const CHAOS: [Plan; 6] = [
    Plan { name: "chaos: none", length: LENGTH, acts: &[at(2, Act::ServiceDown)], ..BASE },
    Plan {
        name: "chaos: no server",
        is_fleet: false,
        length: LENGTH,
        acts: &[at(2, Act::ServiceDown)],
        ..BASE
    },
    Plan {
        name: "chaos: killed at 6 s, back and empty at 12 s",
        length: LENGTH,
        acts: &[at(2, Act::ServiceDown), at(6, Act::Kill), at(12, Act::Restart)],
        ..BASE
    },
    Plan {
        name: "chaos: stopped at 6 s, goes on at 12 s",
        length: LENGTH,
        acts: &[at(2, Act::ServiceDown), at(6, Act::Stop), at(12, Act::Continue)],
        ..BASE
    },
    Plan {
        name: "chaos: half of the fleet 300 ms away",
        by_proxy: true,
        length: LENGTH,
        acts: &[at(0, Act::Slow), at(2, Act::ServiceDown)],
        ..BASE
    },
    Plan {
        name: "chaos: half of the fleet cut off from 6 to 12 s",
        by_proxy: true,
        length: LENGTH,
        acts: &[at(2, Act::ServiceDown), at(6, Act::Cut), at(12, Act::Join)],
        ..BASE
    },
];

pub(crate) async fn run_all(only: &str) -> Result<(), Failure> {
    table::outage_head();
    for (instances, rate) in OUTAGES {
        for is_fleet in [false, true] {
            let name =
                format!("{instances} x {rate}/s, {}", if is_fleet { "fleet" } else { "local" });
            if name.contains(only) {
                let plan = Plan { instances, rate, is_fleet, ..BASE };
                table::outage(&name, DOWN, &plan, &plan.run().await?);
            }
        }
    }
    for plan in POISONED.iter().filter(|plan| plan.name.contains(only)) {
        table::poisoned(plan, &plan.run().await?);
    }
    for plan in CHAOS.iter().filter(|plan| plan.name.contains(only)) {
        table::chaos(plan, &plan.run().await?);
    }
    Ok(())
}
