use super::*;

#[test]
fn lease_counts_from_when_the_claim_was_sent() {
    let mut rig = Rig::joined();
    let (sent, lease) = rig.get_lease();
    assert_eq!(lease, ms(300) + PROBE_TIMEOUT);
    assert_eq!(rig.brain.sharing(rig.now, "3:svc").unwrap().role, breaker_core::Role::Prober);
    let begun = Opening { left: Duration::ZERO, openings: 1, began: token(4), own: false };
    assert_eq!(rig.take_told().last(), Some(&Told::Open(begun)));
    assert_eq!(rig.due(), Probe::Go(token(5)));
    rig.now = sent + lease.saturating_sub(ms(1));
    assert_eq!(rig.due(), Probe::Go(token(5)));
    rig.now = sent + lease;
    assert_ne!(rig.due(), Probe::Go(token(5)));
}

#[test]
fn probe_that_leaves_late_asks_for_more_of_its_lease() {
    let mut rig = Rig::joined();
    let (sent, lease) = rig.get_lease();
    assert_eq!(rig.due(), Probe::Go(token(5)));
    assert_eq!(rig.act_now(), None);
    rig.now = sent + ms(500);
    assert_eq!(rig.due(), Probe::Go(token(5)));
    let renewed_at = rig.now;
    assert_eq!(rig.act_now(), Some(Act::Renew { token: token(5), lease: PROBE_TIMEOUT }));
    rig.now = rig.now + ms(40);
    rig.answer(Effect::Changed, Sight { at_ms: 1_500, ..open(5, 4, 1_960) });
    rig.now = renewed_at + PROBE_TIMEOUT.saturating_sub(ms(1));
    assert!(rig.now > sent + lease);
    assert_eq!(rig.due(), Probe::Go(token(5)));
}

#[test]
fn renewals_of_a_stream_are_few() {
    let mut rig = Rig::joined();
    rig.get_lease();
    assert_eq!(rig.due(), Probe::Go(token(5)));
    let renew = |rig: &mut Rig| rig.brain.renew(rig.now, "3:svc", token(5), PROBE_TIMEOUT);
    assert!(renew(&mut rig));
    assert_eq!(rig.act_now(), None, "enough is left");
    rig.now = rig.now + ms(600);
    for _ in 0..5 {
        assert!(renew(&mut rig));
    }
    assert_eq!(rig.act_now(), Some(Act::Renew { token: token(5), lease: PROBE_TIMEOUT * 3 / 2 }));
    assert!(renew(&mut rig));
    assert_eq!(rig.act_now(), None, "one is on its way");
    rig.hear(open(6, 4, 2_000));
    assert!(!renew(&mut rig), "another process has the next one");
}

#[test]
fn lease_without_a_call_is_given_back_when_no_probe_would_be_in_time() {
    let mut rig = Rig::joined();
    let (_, lease) = rig.get_lease();
    let granted = rig.now;
    let Some(Act::Back { token: back }) = rig.act(ms(3_000)) else { panic!() };
    assert_eq!((back, rig.now), (token(5), granted + lease.saturating_sub(PROBE_TIMEOUT)));
    rig.answer(Effect::Changed, Sight { at_ms: 2_000, ..open(5, 4, 0) });
    assert_eq!(rig.due(), Probe::Wait(ms(100)));
}

#[test]
fn lease_whose_grant_was_long_under_way_waits_for_a_call_all_the_same() {
    let mut rig = Rig::joined();
    rig.hear(open(4, 4, 0));
    rig.due();
    let claim = rig.act(ms(100));
    assert!(matches!(claim, Some(Act::Claim { .. })), "{claim:?}");
    rig.pass(ms(400));
    rig.answer(Effect::Granted, open(5, 4, 1_300));
    assert_eq!(rig.act_now(), None, "it is not given back at once");
    assert_eq!(rig.due(), Probe::Go(token(5)));
}

#[test]
fn lease_that_has_run_out_is_not_renewed() {
    let mut rig = Rig::joined();
    let (sent, lease) = rig.get_lease();
    rig.now = sent + lease;
    assert!(!rig.brain.renew(rig.now, "3:svc", token(5), PROBE_TIMEOUT));
}

#[test]
fn news_of_its_own_lease_does_not_put_off_the_probe() {
    let mut rig = Rig::joined();
    rig.get_lease();
    rig.take_told();
    rig.hear(open(5, 4, 2_300));
    assert_eq!(rig.take_told(), []);
    assert_eq!(rig.due(), Probe::Go(token(5)));
}

#[test]
fn lease_that_is_given_back_is_over() {
    let mut rig = Rig::joined();
    rig.get_lease();
    rig.brain.back(rig.now, "3:svc", token(5));
    assert_eq!(rig.act_now(), Some(Act::Back { token: token(5) }));
    assert_ne!(rig.due(), Probe::Go(token(5)));
}

#[test]
fn probe_settles_and_news_of_what_it_settles_is_kept_back() {
    let mut rig = Rig::joined();
    rig.get_lease();
    rig.take_told();
    rig.report(Report::Recovered { token: Some(token(5)) });
    rig.hear(open(6, 4, 2_300));
    assert_eq!(rig.take_told(), [], "it is about to close");
    assert_eq!(rig.act_now(), Some(Act::Recover { token: token(5) }));
    rig.hear(open(7, 4, 2_300));
    assert_eq!(rig.take_told(), []);
    rig.answer(Effect::Changed, closed(8));
    rig.pass(ms(1_000));
    assert_eq!(rig.take_told(), [Told::Closed], "in case that it was told too early");
}

#[test]
fn success_that_comes_too_late_opens_with_the_others() {
    let mut rig = Rig::joined();
    rig.get_lease();
    rig.take_told();
    rig.report(Report::Recovered { token: Some(token(5)) });
    rig.act_now();
    rig.answer(Effect::None, open(7, 7, 9_000));
    assert_eq!(told_open(&rig.take_told()[0]).unwrap().began, token(7));
}

#[test]
fn failed_probe_opens_for_what_is_left_of_its_cooldown() {
    let mut rig = Rig::joined();
    rig.get_lease();
    rig.report(Report::Opened { token: Some(token(5)), left: COOLDOWN, openings: 2 });
    rig.now = rig.now + ms(1_000);
    let relapse = Act::Relapse { token: token(5), cooldown: ms(9_000) };
    assert_eq!(rig.act_now(), Some(relapse));
    rig.answer(Effect::None, closed(9));
    assert!(matches!(rig.act_now(), Some(Act::Vote { .. })), "for the others it is closed");
}
