//! Long keys: a bounded part is kept, and they stay apart.

use breakerbox::testing::Scope;
use breakerbox::{Config, State, circuit_breaker};

use crate::{CallError, DOWN, Error, answer};

#[circuit_breaker(name = "long", key = key, threshold = 1)]
fn by_key(key: &str, outcome: Result<(), Error>) -> Result<(), CallError> {
    answer(outcome)
}

#[test]
fn key_of_256_bytes_is_kept_and_a_longer_one_shortened() {
    let scope = Scope::enter();
    for (character, len) in [("x", 256), ("ü", 128), ("x", 257), ("€", 86), ("x", 200_000)] {
        let key = character.repeat(len);
        by_key(&key, DOWN).unwrap_err();
        let breaker = scope.registry().get_key("long", &key).unwrap();
        let kept = breaker.key().unwrap();
        if key.len() <= 256 {
            assert_eq!(kept, key);
        } else {
            let beginning = 200 - 200 % character.len();
            assert_eq!((&kept[..beginning], kept.len()), (&key[..beginning], beginning + 33));
        }
        assert!(by_key(&key, Ok(())).unwrap_err().is_rejection());
    }
}

#[test]
fn long_keys_that_differ_anywhere_have_breakers_of_their_own() {
    let scope = Scope::enter();
    let base = "k".repeat(300);
    for at in [0, 199, 200, 255, 256, 299] {
        let mut other = base.clone();
        other.replace_range(at..=at, "K");
        by_key(&other, DOWN).unwrap_err();
        by_key(&base, Ok(())).unwrap();
        by_key(&base[..299], Ok(())).unwrap();
        assert!(by_key(&other, Ok(())).unwrap_err().is_rejection());
        assert_eq!(scope.registry().get_key("long", &other).unwrap().state(), State::Open);
    }
    assert_eq!(scope.registry().len(), 8);
}

#[test]
fn long_key_is_configured_and_found_by_what_is_kept_of_it() {
    let scope = Scope::enter();
    let registry = scope.registry();
    let key = "k".repeat(1_000);
    registry.configure_key("long", &key, Config::builder().threshold(2)).unwrap();
    by_key(&key, DOWN).unwrap_err();
    let breaker = registry.get_key("long", &key).unwrap();
    assert_eq!((breaker.state(), breaker.config().threshold()), (State::Closed, Some(2)));
    let kept = breaker.key().unwrap();
    registry.configure_key("long", kept, Config::builder().threshold(3)).unwrap();
    assert_eq!(breaker.config().threshold(), Some(3));
    // A call cannot name it so.
    by_key(kept, Ok(())).unwrap();
    assert_eq!((registry.len(), breaker.snapshot().consecutive_failures), (2, 1));
    assert!(registry.remove_key("long", kept).is_some());
    assert_eq!(registry.len(), 1);
}
