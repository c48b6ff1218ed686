use super::*;

#[test]
fn open_record_is_told_once_and_each_lease_of_another_again() {
    let mut rig = Rig::joined();
    rig.hear(open(4, 4, 5_000));
    let wanted = Opening { left: ms(5_000), openings: 1, began: token(4), own: false };
    assert_eq!(rig.take_told(), [Told::Open(wanted)]);
    rig.hear(open(4, 4, 5_000));
    assert_eq!(rig.take_told(), []);
    rig.pass(ms(1_000));
    rig.hear(open(4, 4, 5_000));
    assert_eq!(rig.take_told(), [], "a copy that is late puts nothing off");
    assert_eq!(rig.due(), Probe::Wait(ms(4_000)));
    rig.hear(open(5, 4, 7_000));
    assert_eq!(rig.take_told(), [Told::Open(Opening { left: ms(7_000), ..wanted })]);
    rig.hear(closed(3));
    rig.hear(open(4, 4, 100));
    assert_eq!(rig.take_told(), [], "both are over");
    assert_eq!(rig.due(), Probe::Wait(ms(7_000)));
}

#[test]
fn close_is_told_within_the_spread_unless_the_record_opens_again() {
    for seed in 0..50 {
        let mut rig = Rig::with_seed(seed);
        rig.join(vec![open(4, 4, 5_000)]);
        rig.take_told();
        rig.hear(closed(6));
        assert_eq!(rig.take_told(), []);
        if seed % 2 == 0 {
            // A tenth of the cooldown.
            rig.pass(ms(1_000));
            assert_eq!(rig.take_told(), [Told::Closed]);
        } else {
            rig.hear(open(7, 7, 9_000));
            rig.pass(ms(1_000));
            assert!(matches!(rig.take_told()[..], [Told::Open(_)]));
        }
    }
}

#[test]
fn call_that_asks_before_it_is_told_closes() {
    let mut rig = Rig::joined();
    rig.hear(open(4, 4, 5_000));
    rig.hear(closed(6));
    assert_eq!(rig.due(), Probe::Closed);
    assert_eq!(rig.due(), Probe::Alone, "a cooldown of its own");
}

#[test]
fn other_generation_in_the_news_asks_for_a_sync() {
    let mut rig = Rig::joined();
    rig.run(ms(1_500), |command| matches!(command, Command::Sync(_))).unwrap();
    rig.brain.synced(rig.now, Some(Synced { live: 20, sights: vec![open(4, 4, 60_000)] }));
    rig.take_told();
    let stamp = Token { generation: 8, epoch: 1 };
    let mut other = open(1, 1, 30_000);
    other.stamp = stamp;
    rig.hear(other.clone());
    assert_eq!(rig.take_told(), [], "it may be the older one");
    let sync = rig.run(ms(1_000), |command| matches!(command, Command::Sync(_)));
    assert_eq!(sync, Some(Command::Sync(vec!["3:svc".into()])));
    rig.brain.synced(rig.now, Some(Synced { live: 20, sights: vec![other] }));
    let began = Token { generation: 8, epoch: 1 };
    assert_eq!(told_open(&rig.take_told()[0]).unwrap().began, began);
}

#[test]
fn breaker_that_is_made_late_is_told_at_once() {
    let mut rig = Rig::joined();
    rig.brain.detach(rig.now, "3:svc", &rig.breaker);
    rig.hear(open(4, 4, 5_000));
    rig.pass(ms(1_000));
    let wanted = Opening { left: ms(4_000), openings: 1, began: token(4), own: false };
    assert_eq!(rig.attach(), Told::Open(wanted));
    assert_eq!(rig.take_told(), []);
    rig.brain.detach(rig.now, "3:svc", &Breaker::new("svc", Config::new()));
    assert_eq!(rig.due(), Probe::Wait(ms(4_000)), "another breaker has left");
}

#[test]
fn entry_without_breaker_is_dropped_when_its_record_closes() {
    let mut rig = Rig::joined();
    rig.brain.detach(rig.now, "3:svc", &rig.breaker);
    rig.hear(open(4, 4, 5_000));
    assert_eq!(rig.brain.entries.len(), 1);
    rig.hear(closed(5));
    assert_eq!((rig.brain.entries.len(), rig.brain.timers.len()), (0, 0));
}

#[test]
fn record_that_has_vanished_is_forgotten_but_for_the_guard() {
    let mut rig = Rig::joined();
    rig.hear(open(4, 4, 5_000));
    rig.run(ms(1_500), |command| matches!(command, Command::Sync(_))).unwrap();
    rig.brain.synced(rig.now, Some(Synced { live: 1, sights: Vec::new() }));
    assert!(matches!(rig.due(), Probe::Wait(_)));
    rig.pass(ms(10_000));
    assert_eq!(rig.due(), Probe::Alone);
}

#[test]
fn first_to_join_does_not_take_itself_for_the_whole_fleet() {
    let mut rig = Rig::alone();
    rig.join(Vec::new());
    rig.brain.lost(rig.now, "reset");
    rig.brain.connected(rig.now);
    rig.run(ms(1_000), |command| matches!(command, Command::Sync(_))).unwrap();
    rig.brain.synced(rig.now, Some(Synced { live: 1, sights: Vec::new() }));
    assert_eq!(rig.brain.quorum(), 2, "as before");
    rig.run(ms(1_000), |command| matches!(command, Command::Sync(_))).expect("soon again");
    rig.brain.synced(rig.now, Some(Synced { live: 1, sights: Vec::new() }));
    assert_eq!(rig.brain.quorum(), 1);
}

#[test]
fn news_that_are_lost_ask_for_a_sync() {
    let mut rig = Rig::joined();
    let is_sync = |command: &Command| matches!(command, Command::Sync(_));
    rig.run(ms(1_500), is_sync).unwrap();
    rig.brain.synced(rig.now, Some(Synced { live: 20, sights: Vec::new() }));
    assert_eq!(rig.run(ms(2_000), is_sync), None, "the next one is not due");
    rig.brain.missed(rig.now);
    assert!(rig.run(ms(1_000), is_sync).is_some());
}
