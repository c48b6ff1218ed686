//! Constants for values: beside the names of the expansion, of a macro, and of `Self`.

use std::future::pending;
use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{BreakerError, State, circuit_breaker};

use super::{Error, SECOND, cooldown, state};

// Names that the expansion might have used itself.
const SITE: u16 = 2;
const HANDLE: Duration = Duration::from_secs(3);
const LENGTH: f64 = 0.5;
const NAME: &str = "constants";

#[circuit_breaker(
    name = NAME,
    threshold = SITE,
    failure_rate = LENGTH,
    failure_count = SITE,
    window = 4,
    min_calls = SITE,
    slow_call = HANDLE,
    slow_rate = LENGTH,
    cooldown = HANDLE,
    backoff = 1,
    cooldown_max = "3s",
    jitter = 0,
    probes = SITE,
    success_threshold = SITE,
    probe_timeout = HANDLE,
    timeout = HANDLE,
    key = SITE,
    on_cancel = "ignore",
    retry_after = |_| Some(HANDLE),
    trip = Err(Error::Unauthorized),
    ignore = Err(Error::BadRequest),
    failure = Err(_),
)]
async fn every_key(outcome: Result<u16, Error>) -> Result<u16, Error> {
    outcome.map(|site| site + SITE)
}

#[tokio::test]
async fn every_key_may_stand_with_every_other_and_be_a_constant() {
    let scope = Scope::enter();
    assert_eq!(every_key(Ok(1)).await, Ok(3));
    assert!(every_key(Err(Error::Unauthorized)).await.is_err());
    assert_eq!(state(&scope, "constants/2"), State::Open);
    assert_eq!(cooldown(&scope, "constants/2"), Some(HANDLE));
}

#[rustfmt::skip]
macro_rules! guarded {
    ($window:expr, $rate:literal, $model:ident, $hint:expr, $case:pat) => {
        #[circuit_breaker(
            name = "by-macro",
            failure_rate = $rate,
            window = $window,
            min_calls = 1,
            key = $model,
            retry_after = $hint,
            trip = $case,
        )]
        fn by_macro($model: String, outcome: Result<(), Error>) -> Result<String, Error> {
            outcome.map(|()| $model)
        }
    };
}

guarded!("10s", 1.0, model, |_| Some(5 * SECOND), Err(Error::Down));

#[test]
fn values_may_come_from_a_macro() {
    let scope = Scope::enter();
    assert_eq!(by_macro("m".into(), Ok(())).unwrap(), "m");
    assert!(by_macro("m".into(), Err(Error::Down)).is_err());
    assert_eq!(cooldown(&scope, "by-macro/m"), Some(5 * SECOND));
}

trait Bounded {
    const LIMIT: Duration;

    #[circuit_breaker(name = "of-a-trait", threshold = 1, timeout = Self::LIMIT, key = name)]
    async fn get(&self, name: &str) -> Result<(), Error> {
        let _ = name;
        pending().await
    }
}

struct Never;

impl Bounded for Never {
    const LIMIT: Duration = SECOND;
}

#[tokio::test(start_paused = true)]
async fn timeout_may_be_a_constant_of_self() {
    let scope = Scope::enter();
    let Err(Error::Breaker(error)) = Never.get("x").await else { panic!("it hangs") };
    assert!(matches!(error, BreakerError::TimedOut { after: SECOND, .. }));
    assert_eq!(state(&scope, "of-a-trait/x"), State::Open);
}
