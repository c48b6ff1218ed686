//! Keys that others have written to, and what a synchronization lists.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use redis::Commands;

use super::server::RedisServer;
use super::{Domain, place};
use crate::redis::wire::{self, Listed};
use crate::store::{Act, Effect, Place};

const NOW_MS: u64 = 1_700_000_000_000;
const SECOND: Duration = Duration::from_secs(1);

fn vote() -> Act {
    Act::Vote { life: SECOND, cooldown: SECOND, openings: 1, quorum: Some(1) }
}

/// The fields of an open record.
fn fields() -> Vec<(&'static str, String)> {
    let now = NOW_MS.to_string();
    let until = (NOW_MS + 5_000).to_string();
    [
        ("v", "1"),
        ("g", "7"),
        ("e", "3"),
        ("a", &now),
        ("s", "o"),
        ("u", &until),
        ("l", "5000"),
        ("o", "2"),
        ("b", "2"),
        ("h", "eu-1"),
        ("f", "eu-2"),
    ]
    .map(|(field, value)| (field, value.to_owned()))
    .into()
}

#[test]
fn torn_fields_are_no_record() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let (mut redis, domain) = (server.connection(), Domain::new(&server, "eu-1"));
    let place = place(1);
    let key = format!("{}{place}", domain.0.keys.records());
    let look = |redis: &mut redis::Connection| {
        domain.act(redis, &place, &Act::Withdraw, 99, NOW_MS).unwrap().sight
    };
    let () = redis.hset_multiple(&key, &fields()).unwrap();
    let sight = look(&mut redis);
    assert_eq!((sight.stamp.generation, sight.stamp.epoch), (7, 3));
    let open = sight.open.unwrap();
    assert_eq!((open.left, open.openings, open.began), (5 * SECOND, 2, 2));
    assert_eq!((open.holder.as_deref(), open.failed.as_deref()), (Some("eu-1"), Some("eu-2")));

    let torn = [
        ("v", ""),
        ("v", "x"),
        ("v", "0"),
        ("g", ""),
        ("g", "-1"),
        ("g", "07"),
        ("g", "18446744073709551616"),
        ("e", "1e3"),
        ("e", "9999999999999999"),
        ("e", "nan"),
        ("e", "0x3"),
        ("a", "inf"),
        ("a", "253402300800000"),
        ("s", "h"),
        ("u", " 5"),
        ("u", "253402387200000"),
        ("l", "86400001"),
        ("l", "-1"),
        ("o", "65536"),
        ("o", "1.5"),
        ("b", "4"),
        ("h", ""),
        ("h", "a b"),
        ("f", "a\nb"),
        ("f", "{"),
    ];
    for (field, value) in torn {
        let () = redis.hset_multiple(&key, &fields()).unwrap();
        let () = redis.hset(&key, field, value).unwrap();
        let sight = look(&mut redis);
        assert_eq!((sight.stamp.generation, sight.open), (99, None), "{field} = {value:?}");
    }
    for field in ["v", "g", "e", "a", "s", "u", "l", "o", "b"] {
        let () = redis.hset_multiple(&key, &fields()).unwrap();
        let () = redis.hdel(&key, field).unwrap();
        assert_eq!(look(&mut redis).stamp.generation, 99, "without {field}");
    }
}

#[test]
fn key_of_another_type_is_trouble_of_its_place_alone() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let (mut redis, domain) = (server.connection(), Domain::new(&server, "eu-1"));
    let (bad, newer, votes, good) = (place(1), place(2), place(3), place(4));
    let records = domain.0.keys.records();
    let () = redis.set(format!("{records}{bad}"), "hello").unwrap();
    let () = redis.hset(format!("{records}{newer}"), "v", "2").unwrap();
    let () = redis.rpush(format!("{}{votes}", domain.0.keys.votes()), "hello").unwrap();
    for (place, code) in [(&bad, "WRONGTYPE"), (&newer, "NEWER"), (&votes, "WRONGTYPE")] {
        let error = domain.act(&mut redis, place, &vote(), 1, NOW_MS).unwrap_err();
        assert_eq!(error.code(), Some(code), "{error}");
        assert!(matches!(error.into(), crate::redis::StoreError::Refused(_)));
    }
    assert!(domain.act(&mut redis, &good, &vote(), 1, NOW_MS).is_ok());
    let asked = [bad.clone(), newer.clone(), good.clone()];
    let lines = domain.sync(&mut redis, &asked, NOW_MS);
    let read: Vec<_> = lines[1..].iter().map(|line| wire::listed(line.as_bytes())).collect();
    let unreadable = |code: &str, place: &Place| {
        Some(Listed::Unreadable { code: code.to_owned(), place: Arc::clone(place) })
    };
    assert!(read.contains(&unreadable("WRONGTYPE", &bad)), "{lines:?}");
    assert!(read.contains(&unreadable("NEWER", &newer)), "{lines:?}");
    let is_good = |listed: &Option<Listed>| matches!(listed, Some(Listed::Sight(sight)) if sight.place == good);
    assert_eq!(read.iter().filter(|listed| is_good(listed)).count(), 1, "{lines:?}");
    let still: String = redis.get(format!("{records}{bad}")).unwrap();
    assert_eq!(still, "hello", "what is not ours is left alone");
}

#[test]
fn torn_votes_count_for_nothing() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let (mut redis, domain) = (server.connection(), Domain::new(&server, "eu-1"));
    let place = place(1);
    let key = format!("{}{place}", domain.0.keys.votes());
    let (ends, future) = (NOW_MS + 900, NOW_MS + 9_000);
    for (other, vote) in [
        ("a", "x".to_owned()),
        ("b", String::new()),
        ("c", format!("{ends} 1000")),
        ("d", "1e99 5 0".to_owned()),
        ("e", format!("{future} 1000 0")),
        ("f", format!("{ends} 1000 {future}")),
        ("g", format!("{ends} 1000 -1")),
        ("h", format!("{} 1000 0", NOW_MS - 1)),
    ] {
        let () = redis.hset(&key, other, vote).unwrap();
    }
    let vote = Act::Vote { life: SECOND, cooldown: SECOND, openings: 1, quorum: Some(2) };
    let answer = domain.act(&mut redis, &place, &vote, 1, NOW_MS).unwrap();
    assert_eq!((answer.effect, answer.sight.votes), (Effect::None, 1));
    let left: Vec<String> = redis.hkeys(&key).unwrap();
    assert_eq!(left, ["eu-1"], "a vote removes them");
}

#[test]
fn synchronization_lists_open_records_and_those_asked_for() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let mut redis = server.connection();
    let (one, two) = (Domain::new(&server, "eu-1"), Domain::new(&server, "eu-2"));
    let (open, closed, none) = (place(1), place(2), place(3));
    let _ = one.act(&mut redis, &open, &vote(), 1, NOW_MS).unwrap();
    let _ = one.act(&mut redis, &closed, &Act::Withdraw, 2, NOW_MS).unwrap();
    let () = redis.sadd(one.0.keys.open(), &[&*closed, &*none, "nonsense"]).unwrap();
    let asked = [closed.clone(), none.clone(), open.clone()];
    let lines = one.sync(&mut redis, &asked, NOW_MS);
    assert_eq!(lines[0], "1");
    let mut places: Vec<_> = lines[1..].iter().map(|line| &line[..1]).collect();
    places.sort_unstable();
    assert_eq!(places, ["c", "o"], "{lines:?}");
    let left: Vec<String> = redis.smembers(one.0.keys.open()).unwrap();
    assert_eq!(left, [&*open], "the set is put right");

    let live = |domain: &Domain, redis: &mut redis::Connection, now_ms| {
        domain.sync(redis, &[], now_ms).remove(0)
    };
    assert_eq!(live(&two, &mut redis, NOW_MS + 29_000), "2");
    assert_eq!(live(&two, &mut redis, NOW_MS + 31_000), "1", "one was not heard of for 31 s");
    assert_eq!(live(&one, &mut redis, NOW_MS - 60_000), "1", "the clock has gone back");
}

#[test]
fn synchronization_lists_a_thousand_open_records_and_those_asked_for() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let (mut redis, domain) = (server.connection(), Domain::new(&server, "eu-1"));
    let mut open: Vec<_> = (0..1_500).map(place).collect();
    for place in &open {
        let _ = domain.act(&mut redis, place, &vote(), 1, NOW_MS).unwrap();
    }
    let asked = open.split_off(1_000);
    let lines = domain.sync(&mut redis, &asked, NOW_MS);
    let mut places = BTreeSet::new();
    for line in &lines[1..] {
        match wire::listed(line.as_bytes()) {
            Some(Listed::Sight(sight)) => assert!(places.insert(sight.place), "{line}"),
            other => panic!("{other:?}"),
        }
    }
    assert!(asked.iter().all(|place| places.contains(place)));
    // About a third of the sample was asked for.
    assert!((1_000..1_400).contains(&places.len()), "{}", places.len());
    let others = |domain: &Domain, redis: &mut redis::Connection| {
        domain.sync(redis, &[], NOW_MS).into_iter().collect::<BTreeSet<_>>()
    };
    assert_ne!(others(&domain, &mut redis), others(&domain, &mut redis), "at random");
}

#[test]
fn quorum_follows_from_the_domains_that_the_store_has_heard_of() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let mut redis = server.connection();
    let first = Domain::new(&server, "eu-0");
    let vote = Act::Vote { life: SECOND, cooldown: SECOND, openings: 1, quorum: None };
    // The other domains that are alive, and the votes that open a record then.
    for (others, needed) in [(0, 1), (1, 2), (19, 2), (20, 3), (100, 10)] {
        let () = redis.flushall().unwrap();
        let domains: Vec<_> =
            (1..=others).map(|it| Domain::new(&server, &format!("eu-{it}"))).collect();
        for domain in &domains {
            let _ = domain.sync(&mut redis, &[], NOW_MS);
        }
        let mut votes = 0;
        for domain in std::iter::once(&first).chain(&domains) {
            votes += 1;
            let answer = domain.act(&mut redis, &place(1), &vote, 1, NOW_MS + 29_000).unwrap();
            if answer.effect == Effect::Changed {
                break;
            }
        }
        assert_eq!(votes, needed, "beside {others}");
        // The other domains were heard of too long ago.
        let answer = first.act(&mut redis, &place(2), &vote, 1, NOW_MS + 90_000).unwrap();
        assert_eq!(answer.effect, Effect::Changed, "beside {others}");
    }
}

#[test]
fn clock_that_goes_back_prolongs_an_open_once() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let (mut redis, domain) = (server.connection(), Domain::new(&server, "eu-1"));
    let place = place(1);
    let _ = domain.act(&mut redis, &place, &vote(), 1, NOW_MS).unwrap();
    let left = |redis: &mut redis::Connection, now_ms| {
        let lines = domain.sync(redis, &[], now_ms);
        match wire::listed(lines[1].as_bytes()) {
            Some(Listed::Sight(sight)) => sight.open.unwrap().left,
            other => panic!("{other:?}"),
        }
    };
    let back_ms = NOW_MS - 3_600_000;
    assert_eq!(left(&mut redis, back_ms), SECOND);
    assert_eq!(left(&mut redis, back_ms + 600), Duration::from_millis(400));
}

#[test]
fn every_key_expires() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let (mut redis, domain) = (server.connection(), Domain::new(&server, "eu-1"));
    let _ = domain.act(&mut redis, &place(1), &vote(), 1, NOW_MS).unwrap();
    let _ = domain.act(&mut redis, &place(2), &Act::Withdraw, 1, NOW_MS).unwrap();
    let _ = domain.sync(&mut redis, &[], NOW_MS);
    let keys: Vec<String> = redis.keys("*").unwrap();
    assert_eq!(keys.len(), 5, "{keys:?}");
    for key in keys {
        assert!(key.starts_with("{bb:v1:test}:"), "{key}");
        let left: i64 = redis.pttl(&key).unwrap();
        assert!((1..=172_800_000).contains(&left), "{key}: {left}");
    }
}
