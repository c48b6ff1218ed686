//! A fleet in virtual time: real registries and breakers with the real link, a store in memory, and a
//! network between them that loses, repeats, delays and reorders what it is given. All that is drawn
//! comes of one seed.

mod chaos;
mod endings;
mod instance;
mod outages;
mod store;
mod wires;
mod witnesses;
mod world;

use std::time::Duration;

use crate::brain::random::Random;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn secs(secs: u64) -> Duration {
    Duration::from_secs(secs)
}

/// Draws a number below `most`.
fn pick(random: &mut Random, most: usize) -> usize {
    let part = random.below(Duration::from_secs(1)).as_nanos();
    usize::try_from(part * most as u128 / 1_000_000_000).unwrap().min(most - 1)
}
