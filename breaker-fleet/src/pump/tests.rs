//! The pump, one step after the other, with a real server.

use breaker_core::Registry;

use super::wait::{after, next};
use super::*;
use crate::Redis;
use crate::redis::tests::server::RedisServer;
use crate::store::Synced;

fn pump(url: &str) -> Pump {
    let options = Redis::new(url).unwrap().namespace("test").unwrap().domain("eu-1").unwrap();
    let member = Member::new(&options, &Registry::new());
    Pump::new(&member, Server::new(options.redis.client, "test", "eu-1"))
}

/// Does what is to be done, and waits until one thing is.
async fn step(pump: &mut Pump) {
    pump.connect();
    for command in pump.member.shared.work().commands {
        pump.command(command);
    }
    let done = next(&mut pump.tasks).await.unwrap();
    pump.done(done);
}

fn mode(pump: &Pump) -> String {
    pump.member.shared.tell(|brain, _| format!("{:?}", brain.mode()))
}

fn is_joined(pump: &Pump) -> bool {
    pump.member.shared.tell(|brain, _| *brain.mode() == Mode::Joined)
}

#[tokio::test]
async fn what_a_lost_connection_comes_to_does_not_touch_the_next_one() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let mut pump = pump(&server.url());
    step(&mut pump).await;
    step(&mut pump).await;
    assert!(is_joined(&pump), "it has connected, and synchronized: {}", mode(&pump));
    pump.lost_connection();
    step(&mut pump).await;
    let is_new = |pump: &Pump| matches!(&pump.link, Link::Open { attempt: Some(_), .. });
    assert!(is_new(&pump), "it has connected again");
    let late = || StoreError::Silent("late".to_owned());
    for _ in 0..5 {
        pump.done(Done::Synced(1, Err(late())));
        pump.done(Done::Acted(1, "3:svc".into(), Err(late())));
        assert!(is_new(&pump) && is_joined(&pump));
    }
    let synced = Synced { live: 7, sights: Vec::new() };
    pump.done(Done::Synced(1, Ok(Seen { synced, unreadable: None })));
    assert!(is_new(&pump), "the attempt has not succeeded yet");
    assert_eq!(pump.health.snapshot().consecutive_failures, 0);
}

#[tokio::test]
async fn task_that_panics_ends_its_connection_and_the_next_one_waits() {
    let mut pump = pump("redis://127.0.0.1:1");
    pump.link = Link::Connecting;
    pump.tasks.spawn(async { panic!("a defect") });
    let event = pump.event(None).await;
    assert!(matches!(event, Event::Panicked));
    for _ in 0..3 {
        pump.panicked();
    }
    assert!(mode(&pump).contains("a panic has ended"));
    pump.connect();
    assert!(matches!(pump.link, Link::None) && pump.retry_at.is_some());
}

#[test]
fn moment_after_the_longest_time_can_be_told() {
    assert!(after(Duration::MAX) > Instant::now());
}
