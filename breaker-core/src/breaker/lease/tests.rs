use super::*;
use core::time::Duration;

fn at(ms: u64) -> Tick {
    Tick::from_bits(ms)
}

fn ms(length: u64) -> Span {
    Span::new(Duration::from_millis(length))
}

/// Claims a lease of ten milliseconds.
fn claim(leases: &Leases, episode: u64, began: u64) -> LeaseId {
    leases.claim(Episode(episode), at(began), || ms(10)).unwrap()
}

#[test]
fn leases_of_one_moment_are_told_apart() {
    let leases = Leases::new();
    let mut claimed: Vec<_> = (0..100).map(|_| claim(&leases, 2, 7)).collect();
    while let Some(lease) = claimed.pop() {
        assert!(!claimed.contains(&lease), "{lease:?}");
    }
}

/// [H9]
#[test]
fn lease_given_up_twice_is_refused_the_second_time() {
    let leases = Leases::new();
    let lease = claim(&leases, 2, 0);
    assert!(leases.give_up(Episode(2), lease));
    assert!(!leases.give_up(Episode(2), lease));
}

/// [H8]
#[test]
fn lease_runs_out_at_its_timeout_and_not_before() {
    let leases = Leases::new();
    let lease = claim(&leases, 2, 5);
    assert_eq!(leases.first_end(Episode(2)), Some(at(15)));
    assert!(!leases.write_off(Episode(2), at(14)));
    assert!(!leases.write_off(Episode(4), at(15)), "another episode's");
    assert!(leases.write_off(Episode(2), at(15)));
    assert!(!leases.give_up(Episode(2), lease), "written off before");
    assert_eq!(leases.first_end(Episode(2)), None);
}

#[test]
fn lease_for_ever_never_runs_out() {
    let leases = Leases::new();
    leases.claim(Episode(2), at(0), || Span::FOREVER).unwrap();
    assert!(!leases.write_off(Episode(2), at(Tick::NEVER.bits() - 1)));
    assert_eq!(leases.first_end(Episode(2)), Some(Tick::NEVER));
}

/// [H9]
#[test]
fn leases_of_one_millisecond_are_told_apart() {
    let leases = Leases::new();
    let (short, long) = (claim(&leases, 2, 3), claim(&leases, 2, 3));
    leases.keep(Episode(2), long, ms(50), ms(10));
    assert!(leases.write_off(Episode(2), at(13)));
    assert!(!leases.write_off(Episode(2), at(52)), "the other is kept");
    assert!(!leases.give_up(Episode(2), short));
    assert_eq!(leases.first_end(Episode(2)), Some(at(53)));
    assert!(leases.give_up(Episode(2), long));
}

#[test]
fn lease_that_is_kept_outlasts_a_shorter_timeout_and_heeds_a_longer() {
    let leases = Leases::new();
    let kept = claim(&leases, 2, 0);
    for (timeout, end) in [(10, 20), (5, 20), (30, 30), (10, 20)] {
        leases.keep(Episode(2), kept, ms(20), ms(timeout));
        assert_eq!(leases.first_end(Episode(2)), Some(at(end)));
        leases.retime(ms(timeout));
        assert_eq!(leases.first_end(Episode(2)), Some(at(end)));
    }
    claim(&leases, 2, 1);
    leases.retime(ms(7));
    assert_eq!(leases.first_end(Episode(2)), Some(at(8)));
}

#[test]
fn lease_that_is_renewed_lasts_anew_and_heeds_a_longer_timeout() {
    let leases = Leases::new();
    let probe = claim(&leases, 2, 0);
    leases.keep(Episode(2), probe, ms(40), ms(10));
    for (now, least, timeout, end) in [(5, 0, 10, 15), (12, 30, 10, 42), (20, 0, 50, 70)] {
        leases.renew(Episode(2), probe, false, at(now), [ms(least), ms(timeout)]);
        assert_eq!(leases.first_end(Episode(2)), Some(at(end)));
    }
    leases.retime(ms(7));
    assert_eq!(leases.first_end(Episode(2)), Some(at(27)));
    leases.renew(Episode(4), probe, false, at(25), [ms(0), ms(10)]);
    assert_eq!(leases.first_end(Episode(2)), Some(at(27)), "another episode's");
    assert!(leases.write_off(Episode(2), at(27)));
    leases.renew(Episode(2), probe, false, at(28), [ms(0), ms(10)]);
    assert_eq!(leases.first_end(Episode(2)), None, "a slot that is gone does not come back");
}

#[test]
fn probe_that_has_answered_does_not_hang_with_its_slot_or_without() {
    let leases = Leases::new();
    let probes = [claim(&leases, 2, 0), claim(&leases, 2, 0)];
    leases.keep(Episode(2), probes[1], ms(99), ms(10));
    assert!(leases.write_off(Episode(2), at(10)));
    for probe in probes {
        assert!(leases.any_hung(Episode(2), at(8), ms(8)));
        leases.renew(Episode(2), probe, true, at(8), [ms(99), ms(10)]);
    }
    assert!(!leases.any_hung(Episode(2), at(8), ms(8)));
}

#[test]
fn two_hundred_and_fifty_five_probes_find_a_slot_each() {
    let leases = Leases::new();
    let all: Vec<_> = (0..255).map(|_| claim(&leases, 2, 0)).collect();
    assert!(all.into_iter().all(|lease| leases.give_up(Episode(2), lease)));
}

/// [L4]
#[test]
fn leases_of_an_earlier_episode_go_and_a_straggler_gets_none() {
    let leases = Leases::new();
    let old = claim(&leases, 2, 0);
    let new = claim(&leases, 4, 0);
    assert!(!leases.give_up(Episode(2), old));
    assert_eq!(leases.claim(Episode(3), at(0), || ms(10)), None);
    leases.keep(Episode(2), new, ms(99), ms(10));
    assert_eq!(leases.first_end(Episode(4)), Some(at(10)));
    assert_eq!(leases.first_end(Episode(2)), None);
    assert!(!leases.give_up(Episode(2), new), "a name holds within its episode");
    assert!(leases.give_up(Episode(4), new));
}

/// [R13]
#[test]
fn leaked_lease_is_of_its_own_episode_alone_however_far_apart() {
    for ahead in [1 << 23, (1 << 23) + 2, 1 << 24, 1 << 40] {
        let leases = Leases::new();
        let leaked = claim(&leases, 2, 0);
        let later = Episode(2 + ahead);
        assert!(!leases.write_off(later, at(1_000_000)));
        let all: Vec<_> = (0..255).map(|_| claim(&leases, later.0, 1)).collect();
        assert!(!leases.give_up(Episode(2), leaked));
        assert!(all.into_iter().all(|lease| leases.give_up(later, lease)));
    }
}
