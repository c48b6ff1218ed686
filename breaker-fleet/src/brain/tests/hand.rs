use super::*;

#[test]
fn close_by_hand_is_local_and_ends_its_part_in_the_open() {
    let mut rig = Rig::joined();
    rig.hear(open(4, 4, 5_000));
    rig.take_told();
    rig.report(Report::ByHand);
    assert_eq!(rig.act_now(), None);
    rig.hear(open(5, 4, 3_000));
    assert_eq!(rig.take_told(), [], "a lease in the same open");
    assert_eq!(rig.due(), Probe::Alone);
    rig.hear(open(6, 6, 9_000));
    assert_eq!(rig.take_told().len(), 1, "a new one");
}

#[test]
fn control_takes_back_vote_and_lease() {
    let mut rig = Rig::joined();
    rig.trip();
    rig.act_now();
    rig.answer(Effect::None, closed(0));
    rig.report(Report::ByHand);
    assert_eq!(rig.act_now(), Some(Act::Withdraw));
    rig.answer(Effect::None, closed(0));
    rig.get_lease();
    rig.report(Report::ByHand);
    assert_eq!(rig.act_now(), Some(Act::Back { token: token(5) }));
}

#[test]
fn claim_under_way_when_the_breaker_is_closed_by_hand_is_given_back() {
    let mut rig = Rig::joined();
    rig.hear(open(4, 4, 0));
    rig.due();
    assert!(matches!(rig.act(ms(100)), Some(Act::Claim { .. })));
    rig.report(Report::ByHand);
    rig.take_told();
    rig.answer(Effect::Granted, open(5, 4, 2_300));
    assert_eq!(rig.take_told(), []);
    assert_eq!(rig.act_now(), Some(Act::Back { token: token(5) }));
}

#[test]
fn opening_by_its_own_act_is_not_told_after_a_close_by_hand() {
    let mut rig = Rig::joined();
    rig.get_lease();
    rig.report(Report::Opened { token: Some(token(5)), left: COOLDOWN, openings: 2 });
    rig.act_now();
    rig.report(Report::ByHand);
    rig.take_told();
    rig.answer(Effect::Changed, open(6, 6, 10_000));
    assert_eq!(rig.take_told(), []);
    rig.trip();
    assert!(matches!(rig.act_now(), Some(Act::Vote { .. })));
    rig.answer(Effect::None, open(6, 6, 9_000));
    assert_eq!(rig.take_told().len(), 1, "it has found out for itself, and is a member again");
}

#[test]
fn leave_takes_back_what_it_holds_and_says_nothing_more() {
    let mut rig = Rig::joined();
    rig.get_lease();
    rig.brain.leave(rig.now);
    assert!(!rig.brain.has_left());
    assert_eq!(rig.act_now(), Some(Act::Back { token: token(5) }));
    rig.take_told();
    rig.answer(Effect::Changed, open(5, 4, 0));
    assert!(rig.brain.has_left());
    assert_eq!((rig.due(), rig.take_told()), (Probe::Alone, Vec::new()));
    rig.trip();
    assert_eq!(rig.act_now(), None);
}

#[test]
fn leave_while_the_store_is_silent_has_nothing_to_wait_for() {
    let mut rig = Rig::joined();
    rig.get_lease();
    rig.brain.lost(rig.now, "reset");
    rig.brain.leave(rig.now);
    assert!(rig.brain.has_left());
    assert_eq!(rig.changes.iter().filter(|change| **change == Change::Left).count(), 0);
    assert_eq!(rig.act_now(), None);
    assert_eq!(rig.changes.last(), Some(&Change::Left));
}
