//! Each breaker trips after its own number of failures; then its service gets no calls.

use std::sync::Arc;

use bot::scale;
use bot::service::{Health, Kind, Service};
use breakerbox::State;
use tokio::task::JoinSet;

use super::stage::{ALL, Stage, call};

#[tokio::test]
async fn hangs_trip_after_each_services_number_and_it_hears_no_more() {
    dead_service_hears_no_more(Health::Hung).await;
}

#[tokio::test]
async fn slow_answers_trip_after_each_services_number_and_it_hears_no_more() {
    dead_service_hears_no_more(Health::Slow).await;
}

#[tokio::test]
async fn refusals_trip_after_each_services_number_and_it_hears_no_more() {
    dead_service_hears_no_more(Health::Busy { status: 503, retry_after: 30 }).await;
}

/// Fails all services at once, each with clients and breakers of its own: one by one, the test
/// would take twice as long.
async fn dead_service_hears_no_more(health: Health) {
    let [cat, llm, second, stt, voice] = ALL.map(|service| trips_and_has_peace(service, health));
    tokio::join!(cat, llm, second, stt, voice);
}

async fn trips_and_has_peace(service: (Kind, &str, usize, u64), health: Health) {
    let stage = Stage::new();
    let calls = async {
        let (kind, name, threshold, _) = service;
        if kind == Kind::Second {
            stage.set(Kind::Llm, Health::Refusing);
        }
        stage.set(kind, health);
        for failures in 1..=threshold {
            assert!(!stage.call(kind).await, "{name} is {health:?}");
            assert_eq!(stage.received(kind), failures, "{name}");
            let tripped = stage.state(name) == State::Open;
            assert_eq!(tripped, failures == threshold, "{name} after {failures} failures");
        }
        for _ in 0..20 {
            assert!(!stage.call(kind).await, "{name}");
        }
        assert_eq!(stage.received(kind), threshold, "{name}");
        assert_eq!(stage.snapshot(name).rejections, 20, "{name}");
    };
    // All scopes are entered on this thread; without `wrap`, the last one would apply.
    stage.scope.handle().wrap(calls).await;
}

#[tokio::test]
async fn refused_connections_trip_and_the_cooldown_is_each_services_own() {
    for (kind, name, threshold, cooldown) in ALL {
        let stage = Stage::new();
        if kind == Kind::Second {
            stage.set(Kind::Llm, Health::Refusing);
        }
        stage.set(kind, Health::Refusing);
        stage.trip(kind, name, threshold).await;
        assert_eq!(stage.snapshot(name).cooldown, Some(scale::seconds(cooldown)), "{name}");
        assert_eq!(stage.received(kind), 0, "{name}");
    }
}

#[tokio::test]
async fn success_in_between_counts_anew() {
    let stage = Stage::new();
    for health in [Health::Refusing, Health::Healthy, Health::Refusing] {
        stage.set(Kind::Cat, health);
        for _ in 0..2 {
            assert_eq!(stage.call(Kind::Cat).await, health == Health::Healthy);
        }
    }
    assert_eq!(stage.state("cat"), State::Closed);
    stage.trip(Kind::Cat, "cat", 1).await;
}

#[tokio::test]
async fn of_fifty_callers_after_the_cooldown_one_is_a_probe() {
    let stage = Stage::new();
    stage.set(Kind::Cat, Health::Hung);
    stage.trip(Kind::Cat, "cat", 3).await;
    stage.scope.advance(scale::seconds(60));
    let mut callers = JoinSet::new();
    for _ in 0..50 {
        let clients = Arc::clone(&stage.clients);
        callers.spawn(async move { call(&clients, Kind::Cat).await });
    }
    for answered in callers.join_all().await {
        assert!(!answered.unwrap());
    }
    assert_eq!(stage.received(Kind::Cat), 4);
    assert_eq!(stage.state("cat"), State::Open);
}

#[test]
fn dropped_service_listens_no_more() {
    for health in [Health::Healthy, Health::Hung, Health::Refusing] {
        let service = Service::start(Kind::Cat, 1).unwrap();
        let address = service.address();
        service.set(health);
        drop(service);
        assert!(std::net::TcpStream::connect(address).is_err(), "{health:?}");
    }
}
