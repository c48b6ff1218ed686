use std::collections::BTreeSet;

use super::*;

/// Lets time pass until there is a sync, and returns the places that it names.
fn named(rig: &mut Rig) -> BTreeSet<Place> {
    match rig.run(ms(10_000), |command| matches!(command, Command::Sync(_))) {
        Some(Command::Sync(places)) => places.into_iter().collect(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn syncs_name_a_thousand_places_each_and_all_in_turn() {
    let mut rig = Rig::joined();
    for number in 0..2_500 {
        rig.hear(Sight { place: format!("3:svc:{number}").into(), ..open(4, 4, 600_000) });
    }
    let synced = |sights| Some(Synced { live: 20, sights });
    let mut all = BTreeSet::new();
    for _ in 0..3 {
        let places = named(&mut rig);
        assert_eq!(places.len(), 1_000);
        all.extend(places.iter().map(Arc::clone));
        let found = |place: &Place| Sight { place: place.clone(), ..open(4, 4, 600_000) };
        rig.brain.synced(rig.now, synced(places.iter().map(found).collect()));
    }
    assert_eq!(all.len(), 2_500);
    // The store has lost all. A record that was not asked for may be there.
    let places = named(&mut rig);
    rig.brain.synced(rig.now, synced(Vec::new()));
    let known: BTreeSet<Place> = rig.brain.entries.keys().map(Arc::clone).collect();
    assert_eq!(known.len(), 1_501, "and the one that has a breaker");
    assert!(known.is_disjoint(&places));
}
