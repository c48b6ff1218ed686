//! The time that the service asks for is the cooldown.

use bot::scale;
use bot::service::{Health, Kind};
use breakerbox::State;

use super::stage::{ALL, Stage};

#[tokio::test]
async fn retry_after_of_the_failure_that_trips_is_the_cooldown() {
    for status in [429, 503] {
        let stage = Stage::new();
        for (kind, name, threshold, _) in ALL {
            if kind == Kind::Second {
                stage.set(Kind::Llm, Health::Refusing);
            }
            stage.set(kind, Health::Busy { status, retry_after: 7 });
            for _ in 1..threshold {
                assert!(!stage.call(kind).await);
            }
            stage.set(kind, Health::Busy { status, retry_after: 90 });
            stage.trip(kind, name, 1).await;
            let cooldown = stage.snapshot(name).cooldown;
            assert_eq!(cooldown, Some(scale::seconds(90)), "{name}, {status}");
        }
    }
}

#[tokio::test]
async fn retry_after_beyond_all_bounds_is_borne() {
    let stage = Stage::new();
    stage.set(Kind::Llm, Health::Busy { status: 429, retry_after: u64::MAX });
    stage.trip(Kind::Llm, "llm", 5).await;
    stage.scope.advance(scale::seconds(1_000_000));
    assert!(!stage.call(Kind::Llm).await);
    assert_eq!(stage.state("llm"), State::Open);
}
