//! `config = CONST`: a whole tuning under one name.

use std::time::Duration;

use breakerbox::testing::Scope;
use breakerbox::{Config, Window, circuit_breaker};
use support::{DOWN, Reply, named, now};

const TUNING: Config = Config::builder()
    .threshold(2)
    .cooldown(Duration::from_secs(10))
    .cooldown_max(Duration::from_secs(60))
    .backoff(2.0)
    .build_const();

mod tunings {
    use super::{Config, Duration};

    pub(super) struct Tunings;

    impl Tunings {
        pub(super) const RATES: Config = Config::builder()
            .failure_rate(0.5)
            .window_calls(20)
            .min_calls(4)
            .probe_timeout(Duration::from_secs(40))
            .build_const();
    }
}
use tunings::Tunings;

#[test]
fn config_is_the_whole_tuning() {
    #[circuit_breaker(name = "whole", config = TUNING)]
    fn fetch(reply: Reply) -> Reply {
        reply
    }
    let scope = Scope::enter();
    assert_eq!((fetch(DOWN), fetch(DOWN)), (DOWN, DOWN));
    assert!(fetch(Ok(1)).unwrap_err().is_rejection());
    assert_eq!(named(&scope, "whole").config(), TUNING);
}

#[test]
fn keys_beside_a_config_change_single_values() {
    const COOLDOWN: Duration = Duration::from_secs(120);
    // Neither of the two cooldowns goes with an old one.
    #[circuit_breaker(name = "changed", config = TUNING, cooldown = COOLDOWN, cooldown_max = "10m")]
    fn fetch(reply: Reply) -> Reply {
        reply
    }
    #[circuit_breaker(name = "rates", config = Tunings::RATES, window = "10s", probes = 3)]
    async fn rates(reply: Reply) -> Reply {
        std::future::ready(()).await;
        reply
    }
    let scope = Scope::enter();
    assert_eq!((fetch(Ok(1)), now(rates(Ok(1)))), (Ok(1), Ok(1)));
    let changed = named(&scope, "changed").config();
    assert_eq!((changed.threshold(), changed.backoff()), (Some(2), 2.0));
    assert_eq!((changed.cooldown(), changed.cooldown_max()), (COOLDOWN, Some(COOLDOWN * 5)));
    let rates = named(&scope, "rates").config();
    assert_eq!(rates.window(), Some(Window::time(Duration::from_secs(10))));
    assert_eq!((rates.failure_rate(), rates.min_calls(), rates.probes()), (Some(0.5), 4, 3));
    assert_eq!(rates.threshold(), None);
}

#[test]
fn configs_of_one_name_are_compared_as_they_result() {
    #[circuit_breaker(name = "shared", config = TUNING)]
    fn one() -> Reply {
        Ok(1)
    }
    #[circuit_breaker(
        name = "shared",
        threshold = 2,
        cooldown = "10s",
        cooldown_max = "1m",
        backoff = 2.0
    )]
    fn spelled_out() -> Reply {
        Ok(2)
    }
    #[circuit_breaker(name = "shared", config = TUNING, threshold = 3)]
    fn other() -> Reply {
        Ok(3)
    }
    let scope = Scope::enter();
    assert_eq!((one(), spelled_out()), (Ok(1), Ok(2)));
    assert!(scope.registry().conflicts().is_empty());
    let refused = std::panic::catch_unwind(other);
    assert_eq!(refused.is_err(), cfg!(debug_assertions));
    assert_eq!(scope.registry().conflicts().len(), 1);
}

struct Client;

#[circuit_breaker(config = TUNING, jitter = 0.5)]
impl Client {
    #[circuit_breaker(name = "of-block")]
    fn plain(&self) -> Reply {
        let _ = self;
        Ok(1)
    }

    #[circuit_breaker(name = "with-key", threshold = 9)]
    async fn with_key(&self) -> Reply {
        let _ = self;
        std::future::ready(()).await;
        Ok(1)
    }

    #[circuit_breaker(name = "with-config", config = Tunings::RATES)]
    fn with_config(&self) -> Reply {
        let _ = self;
        Ok(1)
    }
}

#[test]
fn method_changes_single_values_of_its_blocks_config_or_the_whole() {
    let scope = Scope::enter();
    assert_eq!(
        (Client.plain(), now(Client.with_key()), Client.with_config()),
        (Ok(1), Ok(1), Ok(1))
    );
    let config = |name: &str| named(&scope, name).config();
    assert_eq!((config("of-block").threshold(), config("of-block").jitter()), (Some(2), 0.5));
    let changed = config("with-key");
    assert_eq!((changed.threshold(), changed.jitter(), changed.backoff()), (Some(9), 0.5, 2.0));
    assert_eq!(config("with-config"), Tunings::RATES);
}

#[tokio::test]
async fn timeout_within_the_probe_timeout_of_a_config_is_accepted() {
    #[circuit_breaker(name = "bounded", config = Tunings::RATES, timeout = "30s")]
    async fn bounded() -> Reply {
        std::future::ready(()).await;
        Ok(1)
    }
    // This config gives no `probe_timeout`.
    #[circuit_breaker(name = "free", config = TUNING, timeout = "5m", failure = Err(_))]
    async fn free() -> Reply {
        std::future::ready(()).await;
        Ok(1)
    }
    #[circuit_breaker(name = "longer", config = Tunings::RATES, probe_timeout = "1m", timeout = "1m")]
    async fn longer() -> Reply {
        std::future::ready(()).await;
        Ok(1)
    }
    let _scope = Scope::enter();
    assert_eq!((bounded().await, free().await, longer().await), (Ok(1), Ok(1), Ok(1)));
}

#[test]
fn keyed_function_takes_its_config_for_each_key() {
    #[circuit_breaker(name = "keyed", key = key, config = TUNING)]
    fn call(key: &str) -> Reply {
        Ok(u32::from(key.is_empty()))
    }
    let scope = Scope::enter();
    assert_eq!(call("a"), Ok(0));
    assert_eq!(scope.registry().get_key("keyed", "a").unwrap().config(), TUNING);
}
