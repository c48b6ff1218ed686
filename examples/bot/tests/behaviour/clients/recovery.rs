//! Two successes close a breaker.

use bot::scale;
use bot::service::{Health, Kind};
use breakerbox::State;

use super::stage::{ALL, Stage};

const AWAY: Health = Health::Busy { status: 503, retry_after: 40 };

#[tokio::test]
async fn two_successes_close() {
    let stage = Stage::new();
    for (kind, name, threshold, _) in ALL {
        if kind == Kind::Second {
            stage.set(Kind::Llm, Health::Refusing);
        }
        stage.set(kind, AWAY);
        stage.trip(kind, name, threshold).await;
        stage.set(kind, Health::Healthy);
        stage.scope.advance(scale::millis(39_950));
        assert!(!stage.call(kind).await, "{name} is still open");
        stage.scope.advance(scale::millis(50));

        assert!(stage.call(kind).await, "{name}: a probe");
        assert_eq!(stage.state(name), State::HalfOpen, "{name}: one is not enough");
        assert!(stage.call(kind).await, "{name}: a probe");
        assert_eq!(stage.state(name), State::Closed, "{name}");
    }
}

#[tokio::test]
async fn failure_after_one_success_opens_again() {
    let stage = Stage::new();
    stage.set(Kind::Stt, AWAY);
    stage.trip(Kind::Stt, "stt", 5).await;
    stage.scope.advance(scale::seconds(40));
    stage.set(Kind::Stt, Health::Healthy);
    assert!(stage.call(Kind::Stt).await);
    stage.set(Kind::Stt, AWAY);
    assert!(!stage.call(Kind::Stt).await);
    assert_eq!(stage.state("stt"), State::Open);
}
