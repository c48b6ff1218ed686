//! Random acts, done by the script and by the model.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use breaker_core::link::Token;
use breaker_core::shared::Shape;
use redis::Commands;

use super::model::{Model, Vote};
use super::server::RedisServer;
use super::{Domain, place};
use crate::redis::wire;
use crate::store::{Act, News};

const LATEST_MS: u64 = 253_402_300_799_999;
const DAY_MS: u64 = 86_400_000;

/// Numbers by `SplitMix64`.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn of<T: Clone>(&mut self, items: &[T]) -> T {
        items[usize::try_from(self.below(items.len() as u64)).unwrap()].clone()
    }

    fn time(&mut self) -> Duration {
        match self.below(12) {
            0 => Duration::ZERO,
            1 => Duration::from_nanos(1 + self.below(2_000_000)),
            2 => Duration::from_millis(DAY_MS),
            _ => Duration::from_millis(1 + self.below(5_000)),
        }
    }

    fn token(&mut self, model: &Model, seen: &[Token]) -> Token {
        match (self.below(8), model.record) {
            (0, _) => Token { generation: self.next(), epoch: self.below(5) },
            (1, Some(record)) => Token { generation: record.generation, epoch: self.next() },
            (2 | 3, _) if !seen.is_empty() => self.of(seen),
            (4, Some(record)) => match record.shape {
                Shape::Open { began, .. } => Token { generation: record.generation, epoch: began },
                Shape::Closed { .. } => Token { generation: record.generation, epoch: 1 },
            },
            (_, Some(record)) => Token { generation: record.generation, epoch: record.epoch },
            (_, None) => Token { generation: 1, epoch: 1 },
        }
    }

    fn act(&mut self, model: &Model, seen: &[Token], now_ms: u64) -> Act {
        match self.below(11) {
            0..=2 => Act::Vote {
                life: self.time(),
                cooldown: self.time(),
                openings: self.of(&[1, 2, 7, u16::MAX]),
                quorum: self.of(&[None, None, Some(1), Some(2), Some(3)]),
            },
            3 => Act::Withdraw,
            4 | 5 => Act::Claim { lease: self.time() },
            6 => {
                let lease = match model.record.and_then(|record| record.remaining(now_ms)) {
                    // The time that the lease has left anyway.
                    Some(left) if self.below(3) == 0 => left,
                    _ => self.time(),
                };
                Act::Renew { token: self.token(model, seen), lease }
            }
            7 => Act::Back { token: self.token(model, seen) },
            8 => Act::Recover { token: self.token(model, seen) },
            9 => {
                let token = self.token(model, seen);
                let began = match model.record.map(|record| record.shape) {
                    Some(Shape::Open { began, .. }) => began,
                    _ => 1,
                };
                let is_own = self.below(2) == 0;
                Act::RecoverIfDue {
                    began: if is_own { Token { epoch: began, ..token } } else { token },
                }
            }
            _ => Act::Relapse { token: self.token(model, seen), cooldown: self.time() },
        }
    }

    fn step_of_clock(&mut self, now_ms: u64, model: &Model) -> u64 {
        if let Some(Shape::Open { until_ms, .. }) = model.record.map(|record| record.shape) {
            // On the edge of the due moment.
            if self.below(4) == 0 && until_ms > now_ms {
                return (until_ms - self.below(2)).min(LATEST_MS);
            }
        }
        let next = match self.below(20) {
            0 => now_ms - self.below(1_000),
            1 => now_ms - 1_000,
            2 => now_ms - 1_001,
            3 => now_ms - self.below(DAY_MS),
            4 => now_ms + self.below(2 * DAY_MS),
            5 => now_ms + self.below(1_300_000),
            6..=8 => now_ms,
            _ => now_ms + self.below(3_000),
        };
        next.min(LATEST_MS)
    }
}

fn histories() -> u32 {
    std::env::var("FLEET_HISTORIES").map_or(500, |number| number.parse().unwrap())
}

#[test]
fn script_does_what_the_shared_step_does() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let mut redis = server.connection();
    let names: Vec<Arc<str>> = ["eu-1", "eu-2", "us-1"].map(Arc::from).into();
    let domains: Vec<_> = names.iter().map(|name| Domain::new(&server, name)).collect();
    let channel = domains[0].0.keys.news();
    let mut other = server.connection();
    let mut listener = other.as_pubsub();
    listener.subscribe(&channel).unwrap();

    for seed in 0..histories() {
        let mut random = Random(seed.into());
        let (place, mut model, mut seen) = (place(seed), Model::default(), Vec::new());
        let mut now_ms = if seed % 50 == 0 { LATEST_MS - 5_000 } else { 1_700_000_000_000 };
        let mut expected = Vec::new();
        let () = redis.del(domains[0].0.keys.live()).unwrap();
        for number in 0..24 {
            now_ms = random.step_of_clock(now_ms, &model);
            let who = usize::try_from(random.below(3)).unwrap();
            let act = random.act(&model, &seen, now_ms);
            let drawn = random.next();
            let context = format!("seed {seed}, act {number} by {who} at {now_ms}: {act:?}");
            let before = model.record;
            let (answer, news) = model.act(&place, &act, &names[who], drawn, now_ms);
            let given = domains[who].act(&mut redis, &place, &act, drawn, now_ms).unwrap();
            assert_eq!(given, answer, "{context}\nbefore: {before:?}");
            expected.extend(news);
            if number % 4 == 3 {
                assert_written(&mut redis, &domains[0], &place, &model, &context);
            }
            seen.push(answer.sight.stamp);
        }
        let () = redis.publish(&channel, "end").unwrap();
        let mut heard: Vec<News> = Vec::new();
        while let Some(news) = wire::news(listener.get_message().unwrap().get_payload_bytes()) {
            heard.push(news);
        }
        assert_eq!(heard, expected, "seed {seed}");
    }
}

/// Asserts that the hashes have the record and the votes of the model in them, and that the set of open
/// places agrees.
fn assert_written(
    redis: &mut redis::Connection,
    domain: &Domain,
    place: &crate::store::Place,
    model: &Model,
    context: &str,
) {
    let record = model.record.unwrap();
    let key = format!("{}{place}", domain.0.keys.records());
    let fields = ["g", "e", "a", "s", "u", "l", "o", "b"];
    let written: Vec<Option<String>> = redis.hmget(&key, &fields[..]).unwrap();
    let written: Vec<_> = written.into_iter().flatten().collect();
    let mut words = vec![record.generation, record.epoch, record.at_ms];
    let shape = match record.shape {
        Shape::Closed { .. } => "c",
        Shape::Open { until_ms, length_ms, openings, began } => {
            words.extend([until_ms, length_ms.into(), openings.into(), began]);
            "o"
        }
    };
    let mut words: Vec<_> = words.iter().map(u64::to_string).collect();
    words.insert(3, shape.to_owned());
    assert_eq!(written, words, "{context}");
    let is_listed: bool = redis.sismember(domain.0.keys.open(), &**place).unwrap();
    assert_eq!(is_listed, shape == "o", "{context}");
    let key = format!("{}{place}", domain.0.keys.votes());
    let votes: BTreeMap<String, String> = redis.hgetall(&key).unwrap();
    let words = |vote: &Vote| format!("{} {} {}", vote.ends, vote.life, vote.raised);
    let wanted = model.votes.iter().map(|(domain, vote)| (domain.to_string(), words(vote)));
    assert_eq!(votes, wanted.collect(), "{context}");
}
