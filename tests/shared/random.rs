//! Random histories of more actors, longer than every interleaving can be.

use proptest::prelude::*;

use crate::world::{Move, WISHES, World};

const ACTORS: usize = 5;

fn a_move() -> impl Strategy<Value = Move> {
    let actor = || 0..ACTORS;
    prop_oneof![
        6 => (actor(), prop::sample::select(WISHES.to_vec())).prop_map(|(a, w)| Move::Read(a, w)),
        8 => actor().prop_map(Move::Swap),
        1 => actor().prop_map(Move::SwapAndCrash),
        1 => actor().prop_map(Move::Crash),
        4 => Just(Move::Tick),
        1 => Just(Move::Forward),
        1 => Just(Move::Backward),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn actors_never_probe_at_once_and_every_open_ends(
        moves in prop::collection::vec(a_move(), 1..200),
    ) {
        let mut world = World::new(ACTORS);
        for chosen in moves {
            if world.moves().contains(&chosen) {
                world.make(chosen);
                world.ends();
            }
        }
    }
}
