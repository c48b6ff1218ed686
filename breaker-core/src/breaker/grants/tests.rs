use super::*;

const TWO: Episode = Episode(2);
const FOUR: Episode = Episode(4);

fn at(ms: u64) -> Tick {
    Tick::from_bits(ms)
}

const fn token(epoch: u64) -> Token {
    Token { generation: 1, epoch }
}

#[test]
fn lease_runs_until_its_end_in_its_own_half_open() {
    let grants = Grants::new();
    assert_eq!(grants.look(TWO, at(0)), Look::Ask);
    assert!(grants.keep(TWO, Some(token(1)), at(10)));
    for (episode, now, wanted) in [(TWO, 9, Look::Runs), (TWO, 10, Look::Ask), (FOUR, 9, Look::Ask)]
    {
        assert_eq!(grants.look(episode, at(now)), wanted);
    }
    assert_eq!((grants.token(TWO), grants.token(FOUR)), (Some(token(1)), None));
}

#[test]
fn lease_of_an_earlier_half_open_replaces_none() {
    let grants = Grants::new();
    assert!(grants.keep(FOUR, Some(token(2)), at(10)));
    assert!(!grants.keep(TWO, Some(token(1)), at(20)));
    grants.put_off(TWO, at(30));
    assert_eq!(grants.look(FOUR, at(9)), Look::Runs);
    assert_eq!(grants.take(TWO, None), None);
    assert_eq!(grants.take(FOUR, None), Some(token(2)));
}

#[test]
fn answer_to_wait_keeps_the_token_and_a_new_lease_ends_the_wait() {
    let grants = Grants::new();
    grants.keep(TWO, Some(token(1)), at(10));
    grants.put_off(TWO, at(20));
    assert_eq!(grants.look(TWO, at(9)), Look::Runs);
    assert_eq!(grants.look(TWO, at(19)), Look::PutOff(at(20)));
    assert_eq!(grants.look(TWO, at(20)), Look::Ask);
    for (episode, moment) in [(FOUR, 11), (TWO, 15), (TWO, 17)] {
        grants.ask_by(episode, at(moment));
    }
    assert_eq!(grants.look(TWO, at(14)), Look::PutOff(at(15)));
    grants.put_off(TWO, at(20));
    grants.end(TWO, None);
    assert_eq!(grants.look(TWO, at(14)), Look::Ask, "nobody waits for a lease that has ended");
    assert_eq!(grants.token(TWO), Some(token(1)));
    grants.keep(TWO, Some(token(3)), at(12));
    assert_eq!(grants.look(TWO, at(15)), Look::Ask);
    grants.put_off(FOUR, at(20));
    assert_eq!((grants.look(FOUR, at(9)), grants.token(FOUR)), (Look::PutOff(at(20)), None));
}

#[test]
fn lease_is_renewed_if_little_is_left_and_given_back_it_keeps_its_token() {
    let grants = Grants::new();
    let renew =
        |episode, now, enough, until| grants.renew(episode, at(now), [at(enough), at(until)]);
    assert_eq!(renew(TWO, 0, 20, 20), None);
    grants.keep(TWO, Some(token(1)), at(10));
    assert_eq!(renew(TWO, 0, 9, 15), None, "more is left");
    assert_eq!(grants.look(TWO, at(10)), Look::Ask);
    assert_eq!(renew(TWO, 10, 20, 20), None, "it has run out");
    assert_eq!(renew(TWO, 9, 10, 20), Some(token(1)));
    assert_eq!(grants.look(TWO, at(19)), Look::Runs);
    assert_eq!(grants.end(FOUR, None).or(grants.end(TWO, Some(token(2)))), None);
    assert_eq!(grants.look(TWO, at(19)), Look::Runs);
    assert_eq!(grants.end(TWO, Some(token(1))), Some(token(1)));
    assert_eq!(grants.look(TWO, at(0)), Look::Ask);
    assert_eq!(renew(TWO, 0, 20, 20), None, "it was given back");
    assert_eq!(grants.token(TWO), Some(token(1)));
    grants.keep(TWO, None, at(10));
    assert_eq!((grants.look(TWO, at(9)), grants.token(TWO)), (Look::Runs, Some(token(1))));
    grants.keep(FOUR, None, at(10));
    assert_eq!(renew(FOUR, 0, 20, 20), None, "the breaker is alone");
    assert_eq!((grants.end(FOUR, None), grants.look(FOUR, at(9))), (None, Look::Runs));
    assert_eq!(grants.look(FOUR, at(10)), Look::Ask);
}

#[test]
fn lease_is_ended_by_whoever_finds_that_no_call_is_in_or_about_to_be() {
    let grants = Grants::new();
    grants.keep(TWO, Some(token(1)), at(10));
    assert_eq!(grants.end_if_idle(|| None), None, "a probe is out");
    assert_eq!(grants.look(TWO, at(9)), Look::Runs);
    for _ in 0..2 {
        assert_eq!(grants.enter(TWO, at(9)), Look::Runs);
    }
    assert_eq!(grants.end_if_idle(|| Some(TWO)), None, "two are about to be");
    assert_eq!(grants.entered(|| Some(TWO)), None);
    assert_eq!(grants.look(TWO, at(9)), Look::Runs);
    assert_eq!(grants.entered(|| Some(TWO)), Some(token(1)));
    assert_eq!(grants.enter(TWO, at(9)), Look::Ask);
    grants.keep(TWO, Some(token(2)), at(10));
    assert_eq!(grants.enter(TWO, at(9)), Look::Runs);
    assert_eq!(grants.entered(|| Some(TWO)), None, "no probe was given up");
    assert_eq!(grants.end_if_idle(|| Some(TWO)), Some(token(2)));
}

#[test]
fn token_is_taken_once_and_its_report_is_on_the_way_until_it_is_made() {
    let grants = Grants::new();
    grants.keep(TWO, Some(token(1)), at(10));
    assert_eq!(grants.take(TWO, Some(token(2))), None);
    assert_eq!(grants.take_to_report(TWO), Some(token(1)));
    assert!(grants.is_reporting());
    assert_eq!((grants.take(TWO, Some(token(1))), grants.take_to_report(TWO)), (None, None));
    grants.reported();
    assert!(!grants.is_reporting());
    grants.keep(FOUR, None, at(10));
    assert_eq!(grants.take_to_report(FOUR), None);
    assert!(!grants.is_reporting());
}

#[test]
fn open_is_of_its_own_making_until_what_was_noted_first() {
    let grants = Grants::new();
    assert_eq!(grants.own_end(TWO, at(9)), at(9));
    grants.note_own_end(TWO, at(5));
    grants.note_own_end(TWO, at(7));
    assert_eq!(grants.own_end(TWO, at(9)), at(5));
    assert_eq!(grants.own_end(TWO, at(3)), at(3));
    grants.note_own_end(FOUR, at(0));
    grants.note_own_end(TWO, at(8));
    assert_eq!((grants.own_end(FOUR, at(9)), grants.own_end(TWO, at(9))), (at(0), at(9)));
}
