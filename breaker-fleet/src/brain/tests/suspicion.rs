use super::*;

fn suspect(rig: &mut Rig, life: u64) {
    let (place, domain) = (rig.place.clone(), "there".into());
    rig.brain.news(rig.now, News::Suspected { place, life: ms(life), domain });
    rig.work_without_acts();
}

#[test]
fn suspicion_is_told_and_ends_with_the_life_of_the_vote() {
    let mut rig = Rig::joined();
    suspect(&mut rig, 5_000);
    assert_eq!(rig.words, [Word::Suspect]);
    assert_eq!(rig.brain.sharing(rig.now, "3:svc").unwrap().role, breaker_core::Role::Suspicious);
    rig.brain.suspected(rig.now, "3:svc", (2, 40), true);
    rig.pass(ms(4_999));
    assert_eq!(rig.words.len(), 1);
    rig.pass(ms(1));
    assert_eq!(rig.words[1], Word::Acquit { before: 2, errors: 40 });
}

#[test]
fn second_suspicion_prolongs_the_first_and_keeps_what_was_counted_before_that() {
    let mut rig = Rig::joined();
    suspect(&mut rig, 5_000);
    rig.brain.suspected(rig.now, "3:svc", (1, 40), true);
    rig.pass(ms(4_000));
    suspect(&mut rig, 5_000);
    rig.brain.suspected(rig.now, "3:svc", (4, 40), false);
    rig.pass(ms(4_999));
    assert_eq!(rig.words, [Word::Suspect, Word::Suspect]);
    rig.pass(ms(1));
    assert_eq!(rig.words[2], Word::Acquit { before: 1, errors: 40 });
}

#[test]
fn breaker_that_has_tripped_or_is_told_open_is_not_suspicious() {
    let mut rig = Rig::joined();
    rig.trip();
    suspect(&mut rig, 5_000);
    assert_eq!(rig.words, [], "it may be its own");
    let mut rig = Rig::joined();
    rig.hear(open(4, 4, 5_000));
    suspect(&mut rig, 5_000);
    assert_eq!(rig.words, []);
    let mut rig = Rig::joined();
    suspect(&mut rig, 5_000);
    rig.hear(open(4, 4, 60_000));
    rig.pass(ms(9_000));
    assert_eq!(rig.words, [Word::Suspect], "it ends with the open that it told of");
}
