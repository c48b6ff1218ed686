use super::*;

fn silent() -> Rig {
    let mut rig = Rig::joined();
    rig.hear(open(4, 4, 5_000));
    rig.take_told();
    rig.brain.lost(rig.now, "no answer in time");
    rig
}

#[test]
fn breaker_that_was_told_open_waits_for_a_guard_of_its_own() {
    let mut waits = Vec::new();
    for seed in 0..100 {
        let mut rig = Rig::with_seed(seed);
        rig.join(Vec::new());
        rig.hear(open(4, 4, 5_000));
        rig.brain.lost(rig.now, "no answer in time");
        rig.pass(ms(5_000));
        let Probe::Wait(guard) = rig.due() else { panic!("seed {seed}") };
        assert!((COOLDOWN / 20..COOLDOWN / 2).contains(&guard), "seed {seed}: {guard:?}");
        rig.pass(guard);
        assert_eq!(rig.due(), Probe::Alone);
        waits.push(guard);
    }
    waits.sort();
    assert!(waits[25] < ms(2_000) && waits[75] > ms(3_000), "not in step");
}

#[test]
fn breaker_alone_is_alone_with_a_record_that_closed_and_before_it_joins() {
    let mut rig = Rig::alone();
    assert_eq!(rig.due(), Probe::Alone);
    rig.trip();
    assert_eq!(rig.act_now(), None, "nobody would hear it");
    rig.join(Vec::new());
    assert!(matches!(rig.act_now(), Some(Act::Vote { .. })));
}

#[test]
fn lease_outlives_the_silence_until_it_runs_out() {
    let mut rig = Rig::joined();
    rig.get_lease();
    rig.brain.lost(rig.now, "no answer in time");
    assert_eq!(rig.due(), Probe::Go(token(5)));
    rig.pass(ms(3_000));
    assert_ne!(rig.due(), Probe::Go(token(5)));
}

#[test]
fn outcome_whose_answer_is_lost_is_sent_again_after_a_sync() {
    let mut rig = Rig::joined();
    rig.get_lease();
    rig.report(Report::Opened { token: Some(token(5)), left: COOLDOWN, openings: 2 });
    assert!(matches!(rig.act_now(), Some(Act::Relapse { .. })));
    rig.lose_answer();
    rig.run(ms(1_500), |command| {
        assert!(matches!(command, Command::Sync(_)), "not before");
        true
    })
    .expect("soon");
    rig.brain.synced(rig.now, Some(Synced { live: 20, sights: vec![open(5, 4, 1_000)] }));
    assert!(matches!(rig.act_now(), Some(Act::Relapse { .. })));
}

#[test]
fn claim_and_renewal_whose_answer_is_lost_are_forgotten() {
    let mut rig = Rig::joined();
    rig.hear(open(4, 4, 0));
    rig.due();
    assert!(matches!(rig.act(ms(100)), Some(Act::Claim { .. })));
    rig.lose_answer();
    rig.run(ms(1_500), |command| matches!(command, Command::Sync(_))).unwrap();
    rig.brain.synced(rig.now, Some(Synced { live: 20, sights: vec![open(5, 4, 1_000)] }));
    assert_eq!(rig.act_now(), None);
    assert!(matches!(rig.due(), Probe::Wait(_)), "whoever has the lease");
}

#[test]
fn breaker_that_recovers_while_the_store_is_silent_closes_the_record() {
    let mut rig = silent();
    rig.pass(ms(10_000));
    assert_eq!(rig.due(), Probe::Alone);
    rig.report(Report::Recovered { token: None });
    rig.brain.connected(rig.now);
    rig.run(ms(1_500), |command| matches!(command, Command::Sync(_))).unwrap();
    let still_open = open(4, 4, 0);
    rig.brain.synced(rig.now, Some(Synced { live: 20, sights: vec![still_open] }));
    assert_eq!(rig.take_told(), [], "it is about to close");
    assert_eq!(rig.act_now(), Some(Act::RecoverIfDue { began: token(4) }));
    rig.answer(Effect::None, open(5, 4, 2_000));
    assert_eq!(rig.take_told().len(), 1, "somebody else probes, and decides");
}

#[test]
fn change_of_the_mode_is_one_change() {
    let mut rig = silent();
    rig.brain.lost(rig.now, "connection refused");
    rig.brain.connected(rig.now);
    rig.run(ms(1_500), |command| matches!(command, Command::Sync(_))).unwrap();
    rig.brain.synced(rig.now, None);
    rig.brain.lost(rig.now, "connection refused");
    rig.join(Vec::new());
    rig.work();
    let why = "no answer in time".into();
    assert_eq!(rig.changes, [Change::Joined, Change::Alone { why }, Change::Joined]);
}

#[test]
fn guard_of_the_longest_cooldown_is_half_a_day_at_most() {
    let mut rig = Rig::joined();
    _ = rig.brain.attach(rig.now, &rig.place, &rig.breaker, Duration::MAX);
    rig.hear(open(4, 4, 0));
    rig.brain.lost(rig.now, "no answer in time");
    let Probe::Wait(guard) = rig.due() else { panic!() };
    assert!(guard <= ms(12 * 60 * 60 * 1_000), "{guard:?}");
}
