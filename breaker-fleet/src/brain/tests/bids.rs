use super::*;

/// Returns after how long a claim is sent, for a record that is due in five seconds.
fn claim(seed: u64, rejections: [u64; 2], failed: Option<&str>) -> Option<Duration> {
    let mut rig = Rig::with_seed(seed);
    rig.join(Vec::new());
    let mut sight = open(4, 4, 5_000);
    sight.open.as_mut().unwrap().failed = failed.map(Into::into);
    rig.hear(sight);
    let due = rig.now + ms(5_000);
    rig.pass(ms(1_000));
    rig.rejections = rejections[0];
    rig.pass(ms(2_000));
    rig.rejections += rejections[1];
    let act = rig.act(ms(3_000))?;
    assert!(matches!(act, Act::Claim { .. }));
    Some(rig.now - due)
}

#[test]
fn bid_is_drawn_and_a_domain_whose_probe_failed_stands_back() {
    let bids: Vec<_> = (0..50).map(|seed| claim(seed, [50, 50], None).unwrap()).collect();
    assert!(bids.iter().all(|bid| *bid < ms(60)), "{bids:?}");
    assert!(bids.iter().any(|bid| *bid < ms(20)) && bids.iter().any(|bid| *bid > ms(40)));
    let back = claim(1, [50, 50], Some("here")).unwrap();
    assert!((ms(200)..ms(260)).contains(&back), "{back:?}");
    assert!(claim(1, [50, 50], Some("there")).unwrap() < ms(60));
}

#[test]
fn only_a_breaker_with_calls_bids_by_itself() {
    for (rejections, bids) in [
        ([0, 0], false),
        ([50, 50], true),
        ([50, 0], false), // None for half of the time, and once there were many.
        ([2, 0], true),   // The next one may just be late.
        ([4, 0], false),
        ([0, 1], true),
    ] {
        assert_eq!(claim(3, rejections, None).is_some(), bids, "{rejections:?}");
    }
}

#[test]
fn lease_of_a_quiet_breaker_waits_longer_for_its_call() {
    for (rejections, start) in [(100, ms(300)), (10, ms(1_500)), (1, ms(10_000))] {
        let mut rig = Rig::joined();
        rig.hear(open(4, 4, 5_000));
        rig.pass(ms(3_000));
        rig.rejections = rejections;
        let Some(Act::Claim { lease }) = rig.act(ms(2_100)) else { panic!() };
        let early = lease.saturating_sub(PROBE_TIMEOUT);
        assert!(early >= start && early < start + ms(200), "{rejections}: {early:?}");
    }
}

#[test]
fn lease_of_another_process_ends_the_bid() {
    let mut rig = Rig::joined();
    rig.hear(open(4, 4, 0));
    assert_eq!(rig.due(), Probe::Wait(ms(100)));
    rig.hear(open(5, 4, 2_000));
    assert_eq!(rig.due(), Probe::Wait(ms(2_000)));
    rig.pass(ms(1_000));
}

#[test]
fn breaker_that_is_made_while_its_record_is_open_is_read_at_once() {
    let mut rig = Rig::joined();
    rig.brain.detach(rig.now, "3:svc", &Arc::clone(&rig.breaker));
    rig.hear(open(4, 4, 5_000));
    rig.pass(ms(1_000));
    // Only its calls since then count.
    rig.rejections = 7;
    rig.attach();
    let is_first = |tell: &super::super::Tell| tell.word == Word::Read(Reading::First);
    assert_eq!(rig.brain.take_tells().iter().filter(|tell| is_first(tell)).count(), 1);
}

#[test]
fn breaker_in_another_state_does_not_bid() {
    for state in [State::Isolated, State::Disabled, State::Observing, State::Closed] {
        let mut rig = Rig::joined();
        (rig.state, rig.rejections) = (state, 0);
        rig.hear(open(4, 4, 5_000));
        rig.rejections = 50;
        rig.pass(ms(6_000));
    }
}

#[test]
fn breaker_that_its_own_cooldown_holds_open_does_not_bid() {
    let mut rig = Rig::joined();
    rig.report(Report::Opened { token: None, left: COOLDOWN * 3, openings: 1 });
    rig.act_now();
    rig.answer(Effect::None, open(4, 4, 5_000));
    rig.rejections = 50;
    rig.pass(ms(6_000));
}

#[test]
fn record_is_open_for_the_domain_that_has_not_heard_of_the_grant_in_time() {
    let mut rig = Rig::joined();
    rig.hear(open(4, 4, 0));
    rig.due();
    assert!(matches!(rig.act(ms(100)), Some(Act::Claim { .. })));
    rig.hear(open(6, 4, 2_000));
    rig.take_told();
    rig.answer(Effect::Granted, open(5, 4, 2_300));
    assert_eq!(rig.take_told(), [], "the next one is another's already");
    assert!(matches!(rig.due(), Probe::Wait(_)));
}

#[test]
fn breaker_without_calls_stops_bidding() {
    let mut rig = Rig::joined();
    rig.hear(open(4, 4, 5_000));
    rig.pass(ms(3_000));
    rig.rejections = 1;
    let mut claims = 0;
    let end = rig.now + ms(120_000);
    let mut epoch = 4;
    while rig.now < end {
        match rig.act(ms(10_000)) {
            Some(Act::Claim { lease }) => {
                (claims, epoch) = (claims + 1, epoch + 1);
                let left = u64::try_from(lease.as_millis()).unwrap();
                rig.answer(Effect::Granted, open(epoch, 4, left));
            }
            Some(Act::Back { .. }) => {
                rig.answer(Effect::Changed, Sight { at_ms: 2_000, ..open(epoch, 4, 0) });
            }
            _ => {}
        }
    }
    assert!((1..=3).contains(&claims), "{claims}");
}
