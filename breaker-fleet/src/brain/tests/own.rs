use super::*;

#[test]
fn trip_votes_and_below_quorum_the_breaker_is_alone() {
    let mut rig = Rig::joined();
    rig.trip();
    let vote = Act::Vote { life: COOLDOWN, cooldown: COOLDOWN, openings: 1, quorum: None };
    assert_eq!(rig.act_now(), Some(vote));
    rig.answer(Effect::None, Sight { votes: 1, ..closed(0) });
    assert_eq!(rig.take_told(), []);
    assert_eq!(rig.due(), Probe::Alone);
    assert_eq!(rig.brain.sharing(rig.now, "3:svc").unwrap().role, breaker_core::Role::Voter);
    rig.report(Report::Recovered { token: None });
    assert_eq!(rig.act_now(), Some(Act::Withdraw));
    rig.answer(Effect::None, closed(0));
    assert_eq!(rig.due(), Probe::Alone);
    rig.report(Report::Recovered { token: None });
    assert_eq!(rig.act_now(), None, "there is no vote any more");
}

#[test]
fn trip_that_makes_the_quorum_goes_by_the_record() {
    let mut rig = Rig::joined();
    rig.trip();
    rig.act_now();
    rig.answer(Effect::Changed, open(1, 1, 10_000));
    assert_eq!(rig.due(), Probe::Wait(COOLDOWN));
    rig.hear(closed(3));
    assert_eq!(rig.due(), Probe::Closed, "others have found it up");
}

#[test]
fn record_that_has_opened_and_closed_unseen_ends_the_evidence() {
    let mut rig = Rig::joined();
    rig.trip();
    rig.act_now();
    rig.answer(Effect::None, closed(4));
    rig.hear(closed(4));
    assert_eq!(rig.brain.sharing(rig.now, "3:svc").unwrap().role, breaker_core::Role::Voter);
    rig.hear(closed(6));
    assert_eq!(rig.brain.sharing(rig.now, "3:svc").unwrap().role, breaker_core::Role::Member);
}

#[test]
fn vote_under_way_when_the_record_has_come_and_gone_is_taken_back() {
    let mut rig = Rig::joined();
    rig.trip();
    rig.act_now();
    rig.hear(open(1, 1, 5_000));
    rig.hear(closed(3));
    rig.answer(Effect::None, Sight { votes: 1, ..closed(3) });
    assert_eq!(rig.act_now(), Some(Act::Withdraw));
}

#[test]
fn longer_cooldown_votes_for_longer() {
    let mut rig = Rig::joined();
    rig.report(Report::Extended { left: COOLDOWN, openings: 1 });
    assert_eq!(rig.act_now(), None, "it is open because it was told so");
    rig.trip();
    rig.act_now();
    rig.answer(Effect::None, closed(0));
    rig.report(Report::Extended { left: COOLDOWN * 3, openings: 1 });
    let Some(Act::Vote { life, .. }) = rig.act_now() else { panic!() };
    assert_eq!(life, COOLDOWN * 3);
}

#[test]
fn vote_again_for_a_record_that_has_vanished_lasts_for_what_is_left() {
    let mut rig = Rig::joined();
    rig.trip();
    rig.act_now();
    rig.answer(Effect::Changed, open(1, 1, 10_000));
    rig.run(ms(1_500), |command| matches!(command, Command::Sync(_))).unwrap();
    rig.now = rig.now + ms(4_000);
    rig.brain.synced(rig.now, Some(Synced { live: 20, sights: Vec::new() }));
    let Some(Act::Vote { life, cooldown, .. }) = rig.act_now() else { panic!() };
    assert_eq!(life, cooldown);
    assert!((ms(4_000)..ms(6_000)).contains(&life), "{life:?}");
    assert_eq!(rig.due(), Probe::Alone, "as long as there is no quorum");
}
