//! Every interleaving of three actors, to a depth.

use std::collections::HashSet;

use crate::world::World;

/// Moves from the start. `SHARED_DEPTH` sets another number.
const DEPTH: usize = 6;

#[test]
fn three_actors_never_probe_at_once_and_every_open_ends() {
    let depth = std::env::var("SHARED_DEPTH").ok().map_or(DEPTH, |text| text.parse().unwrap());
    let (mut seen, mut front) = (HashSet::new(), vec![World::new(3)]);
    let (mut grants, mut settled) = (0, 0);
    // An open record is what there is to explore: from a closed one alone, two failures are spent
    // on the way there.
    let mut open = World::new(3);
    open.make(crate::world::Move::Read(0, crate::world::Wish::Trip));
    open.make(crate::world::Move::Swap(0));
    front.push(open);
    for _ in 0..depth {
        let mut next = Vec::new();
        for world in &front {
            for chosen in world.moves() {
                let mut world = world.clone();
                world.make(chosen);
                if seen.insert(world.key()) {
                    world.ends();
                    grants = grants.max(world.grants);
                    settled = settled.max(world.settled);
                    next.push(world);
                }
            }
        }
        front = next;
    }
    println!("{} worlds; at most {grants} leases and {settled} outcomes in one", seen.len());
    assert!(grants > 0 && settled > 0, "the worlds are too small to show anything");
}
