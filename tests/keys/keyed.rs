//! `key`: a breaker for each value under one name.

use std::sync::{Arc, Mutex};

use breakerbox::testing::Scope;
use breakerbox::{Breaker, Config, Name, State, circuit_breaker};

use crate::{CallError, DOWN, Error, answer, ms};

#[circuit_breaker(name = "llm", threshold = 1, cooldown = "10s", key = model)]
fn complete(model: &str, outcome: Result<(), Error>) -> Result<(), CallError> {
    answer(outcome)
}

struct Client {
    host: String,
}

impl Client {
    #[circuit_breaker(name = "host", threshold = 1, key = format_args!("{}:{port}", self.host))]
    async fn get(&self, port: u16) -> Result<(), CallError> {
        std::future::ready(()).await;
        answer(if port == 80 { Ok(()) } else { DOWN })
    }
}

/// [G5]
#[test]
fn keys_trip_apart() {
    let scope = Scope::enter();
    let _ = complete("large", DOWN);
    assert!(complete("large", Ok(())).unwrap_err().is_rejection());
    complete("small", Ok(())).unwrap();
    assert_eq!(scope.registry().get_key("llm", "large").unwrap().state(), State::Open);
    assert_eq!(scope.registry().get_key("llm", "small").unwrap().state(), State::Closed);
    assert!(scope.registry().get("llm").is_none());
}

#[test]
fn name_and_key_are_told_apart() {
    let scope = Scope::enter();
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&seen);
    let _subscription = scope.registry().on_event(move |event| {
        let parts = (event.name.to_string(), event.family.to_string(), event.key.clone());
        log.lock().unwrap().push(parts);
    });
    let _ = complete("a model/with \\", DOWN);
    let shown = "llm/a\\u{20}model/with\\u{20}\\u{5c}";
    let parts = (shown.to_owned(), "llm".to_owned(), Some("a model/with \\".into()));
    assert_eq!(*seen.lock().unwrap(), [parts]);

    let breaker = scope.registry().get_key("llm", "a model/with \\").unwrap();
    assert_eq!((breaker.family().as_str(), breaker.key()), ("llm", Some("a model/with \\")));
    let json = serde_json::to_value(breaker.snapshot()).unwrap();
    assert_eq!((&json["name"], &json["family"]), (&shown.into(), &"llm".into()));
    assert_eq!(json["key"], "a model/with \\");
    let own = Breaker::named(Name::try_from("own/name").unwrap(), Config::new());
    assert_eq!((own.family().as_str(), own.key()), ("own/name", None));
}

#[tokio::test]
async fn key_may_be_any_display_of_the_arguments() {
    let scope = Scope::enter();
    let client = Client { host: "example".into() };
    client.get(80).await.unwrap();
    let _ = client.get(81).await;
    assert_eq!(scope.registry().get_key("host", "example:81").unwrap().state(), State::Open);
    assert!(client.get(80).await.is_ok());
}

/// [G3]
#[test]
fn idle_closed_keys_make_room_and_open_ones_stay() {
    let scope = Scope::enter();
    scope.registry().set_max_keys(10);
    let _ = complete("dead", DOWN);
    for user in 0..1_000 {
        scope.advance(ms(1));
        complete(&format!("user-{user}"), Ok(())).unwrap();
        assert!(scope.registry().len() <= 10);
    }
    assert_eq!(scope.registry().get_key("llm", "dead").unwrap().state(), State::Open);
    assert!(scope.registry().get_key("llm", "user-999").is_some());
    assert!(scope.registry().get_key("llm", "user-0").is_none());
}

/// [G3]
#[test]
fn new_key_shares_the_breaker_of_the_name_when_no_other_can_go() {
    let scope = Scope::enter();
    scope.registry().set_max_keys(2);
    let _ = complete("a", DOWN);
    let _ = complete("b", DOWN);
    let _ = complete("c", DOWN);
    assert_eq!(scope.registry().get("llm").unwrap().state(), State::Open);
    assert!(complete("d", Ok(())).unwrap_err().is_rejection(), "c and d share");
    assert!(scope.registry().get_key("llm", "a").is_some());
}

/// [G2]
#[test]
fn tuning_of_the_name_is_that_of_its_keys() {
    let scope = Scope::enter();
    scope.registry().configure("llm", Config::builder().threshold(2)).unwrap();
    let _ = complete("large", DOWN);
    assert_eq!(scope.registry().get_key("llm", "large").unwrap().state(), State::Closed);
    scope.registry().configure_key("llm", "large", Config::builder().threshold(3)).unwrap();
    let _ = complete("large", DOWN);
    assert_eq!(scope.registry().get_key("llm", "large").unwrap().state(), State::Closed);
    let _ = complete("large", DOWN);
    assert_eq!(scope.registry().get_key("llm", "large").unwrap().state(), State::Open);
}

#[tokio::test]
async fn override_of_one_name_leaves_the_keys_of_another_as_they_were_set() {
    let scope = Scope::enter();
    complete("large", Ok(())).unwrap();
    Client { host: "example".into() }.get(80).await.unwrap();
    let host = scope.registry().get_key("host", "example:80").unwrap();
    host.reconfigure(Config::builder().threshold(7).build().unwrap());
    scope.registry().configure("llm", Config::builder().threshold(2)).unwrap();
    let large = scope.registry().get_key("llm", "large").unwrap();
    let thresholds = [large, host].map(|breaker| breaker.config().threshold());
    assert_eq!(thresholds, [Some(2), Some(7)]);
}

#[derive(Clone, Copy)]
struct Loud(&'static str);

/// It derefs to text, and is shown as other text.
impl std::ops::Deref for Loud {
    type Target = str;
    fn deref(&self) -> &str {
        self.0
    }
}

impl std::fmt::Display for Loud {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}!", self.0)
    }
}

#[test]
fn key_of_any_type_is_what_its_display_writes() {
    macro_rules! keyed {
        ($($call:ident: $type:ty = $key:expr;)*) => {$({
            #[circuit_breaker(name = "any", threshold = 1, key = key)]
            fn $call(key: $type) -> Result<(), CallError> {
                let _ = key;
                answer(DOWN)
            }
            let scope = Scope::enter();
            let key: $type = $key;
            let shown = key.to_string();
            $call(key).unwrap_err();
            let breaker = scope.registry().get_key("any", &shown).unwrap();
            assert_eq!((breaker.key(), breaker.state()), (Some(&*shown), State::Open));
            assert_eq!(scope.registry().len(), 1);
        })*};
    }
    keyed! {
        text: &str = "gpt 4";
        text_of_text: &&str = &"gpt 4";
        owned: String = String::from("gpt 4");
        boxed: Box<str> = Box::from("gpt 4");
        counted: Arc<str> = Arc::from("gpt 4");
        cow: std::borrow::Cow<'_, str> = std::borrow::Cow::Borrowed("gpt 4");
        number: u64 = 4;
        character: char = 'ü';
        loud: Loud = Loud("gpt 4");
        loud_by_reference: &Loud = &Loud("gpt 4");
    }
}

fn by_type<K: std::fmt::Display>(key: K) -> Result<(), CallError> {
    #[circuit_breaker(name = "generic", threshold = 1, key = key)]
    fn call<K: std::fmt::Display>(key: K) -> Result<(), CallError> {
        let _ = key;
        answer(DOWN)
    }
    call(key)
}

#[test]
fn key_of_a_generic_type_is_what_its_display_writes() {
    let scope = Scope::enter();
    for call in 0..2 {
        assert_eq!(by_type("gpt-4").unwrap_err().is_rejection(), call > 0);
    }
    assert!(by_type(String::from("gpt-4")).unwrap_err().is_rejection());
    assert!(!by_type(Loud("gpt-4")).unwrap_err().is_rejection());
    assert_eq!(scope.registry().len(), 2);
}
