//! Names that layers and functions share, and types that take a layer.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, LazyLock};

use breaker_core::{Breaker, BreakerError, Config, Registry, RegistryError, State};
use breaker_tower::http::{by_host, from_headers, grpc_outcomes, http_outcomes};
use breaker_tower::{BoxError, BreakerLayer, BreakerService, Until};
use breakerbox::circuit_breaker;
use http::Request;
use tower::util::{BoxCloneSyncService, BoxService};
use tower::{Layer, Service, ServiceBuilder, ServiceExt, service_fn};

use crate::fake::{Ask, Fake, Refused, ask, is_rejected, stage, threshold};

#[circuit_breaker(name = "shared", threshold = 2)]
fn annotated(is_ok: bool) -> Result<(), BoxError> {
    if is_ok { Ok(()) } else { Err("down".into()) }
}

#[test]
fn layer_and_annotated_function_of_one_name_share_a_breaker() {
    let _scope = breaker_core::testing::Scope::enter();
    let mut service = BreakerLayer::named("shared", threshold(2)).unwrap().layer(Fake::default());
    assert!(annotated(false).is_err());
    assert!(ask(&mut service, Ask::Fail).is_err());
    assert!(is_rejected(&annotated(true)));
    assert!(is_rejected(&ask(&mut service, Ask::Answer)));
    assert_eq!(Registry::global().len(), 1);
}

/// Outside a test scope, the layer caches its breaker like a function.
#[test]
fn layers_of_one_name_share_a_breaker_in_the_registry_of_the_process() {
    let layer = || BreakerLayer::named("of-the-process", threshold(2)).unwrap();
    let mut one = layer().layer(Fake::default());
    let mut other = layer().layer(Fake::default());
    let mut third = BreakerLayer::sharing("of-the-process").unwrap().layer(Fake::default());
    assert!(ask(&mut one, Ask::Fail).is_err());
    assert!(ask(&mut other, Ask::Fail).is_err());
    for service in [&mut one, &mut other, &mut third] {
        assert!(is_rejected(&ask(service, Ask::Answer)));
    }
    Registry::global().remove("of-the-process");
    assert!(ask(&mut one, Ask::Answer).is_ok(), "the name has a new breaker");
}

#[test]
fn layer_takes_a_breaker_that_is_static_shared_or_by_a_name_made_at_run_time() {
    static OWN: LazyLock<Arc<Breaker>> =
        LazyLock::new(|| Arc::new(Breaker::new("own", Config::new())));
    static PLAIN: Breaker = Breaker::new("plain", Config::new());
    OWN.force_open();
    PLAIN.force_open();
    let mut shared = BreakerLayer::with(Arc::clone(&OWN)).layer(Fake::default());
    let mut plain = BreakerLayer::with(&PLAIN).layer(Fake::default());
    assert!(is_rejected(&ask(&mut shared, Ask::Answer)));
    assert!(is_rejected(&ask(&mut plain, Ask::Answer)));

    let _scope = breaker_core::testing::Scope::enter();
    for number in 0..3 {
        let name = format!("replica-{number}");
        let mut service = BreakerLayer::named(&name, threshold(1)).unwrap().layer(Fake::default());
        assert!(ask(&mut service, Ask::Fail).is_err());
        assert_eq!(Registry::global().get(&name).unwrap().state(), State::Open);
    }
}

#[test]
fn bad_names_and_bad_tuning_are_errors() {
    let error = BreakerLayer::named("two words", Config::new()).unwrap_err();
    assert!(matches!(error, RegistryError::Name(_)), "{error}");
    let error = BreakerLayer::named("fine", Config::builder().threshold(0)).unwrap_err();
    assert_eq!(error.to_string(), "`threshold` must be between 1 and 65535, found `0`");
    assert!(BreakerLayer::sharing("").is_err());
}

/// Layers conflict like annotated functions.
#[test]
#[cfg(debug_assertions)]
fn two_tunings_of_one_name_are_a_conflict_between_two_places() {
    let scope = breaker_core::testing::Scope::enter();
    let mut one = BreakerLayer::named("conflict", threshold(1)).unwrap().layer(Fake::default());
    let mut other = BreakerLayer::named("conflict", threshold(2)).unwrap().layer(Fake::default());
    assert!(ask(&mut one, Ask::Answer).is_ok());
    let panicked = catch_unwind(AssertUnwindSafe(|| ask(&mut other, Ask::Answer))).unwrap_err();
    let text = panicked.downcast_ref::<String>().unwrap();
    assert_eq!(text.matches("sharing.rs").count(), 2, "{text}");
    assert_eq!(scope.registry().conflicts().len(), 1);
}

#[test]
fn each_host_has_a_breaker() {
    let _scope = breaker_core::testing::Scope::enter();
    let mut service = ServiceBuilder::new()
        .layer(BreakerLayer::named("hosts", threshold(1)).unwrap().key(by_host()))
        .service(service_fn(|request: Request<()>| async move {
            if request.uri().host() == Some("ill") { Err(Refused) } else { Ok(()) }
        }));
    let get = |uri: &str| Request::get(uri).body(()).unwrap();
    assert!(ask(&mut service, get("http://user:secret@ill:81/")).is_err());
    assert!(is_rejected(&ask(&mut service, get("http://ill:81/other"))));
    assert!(ask(&mut service, get("http://ill/")).is_err_and(|error| error.is::<Refused>()));
    assert!(ask(&mut service, get("http://well/")).is_ok());
    assert!(ask(&mut service, get("/path")).is_ok());
    let registry = Registry::global();
    assert_eq!(registry.get_key("hosts", "ill:81").unwrap().state(), State::Open);
    assert_eq!(registry.get_key("hosts", "well").unwrap().state(), State::Closed);
    assert!(registry.get("hosts").is_some(), "a request without a host");
}

/// A key that is a part of the request is not copied.
#[test]
fn key_may_borrow_from_the_request() {
    struct Prompt {
        model: String,
    }
    fn model(prompt: &Prompt) -> Option<&str> {
        (!prompt.model.is_empty()).then_some(&*prompt.model)
    }
    let _scope = breaker_core::testing::Scope::enter();
    let mut service = BreakerLayer::named("models", threshold(1))
        .unwrap()
        .key(model)
        .layer(service_fn(|_: Prompt| async { Err::<(), _>(Refused) }));
    assert!(ask(&mut service, Prompt { model: "gpt 4".to_owned() }).is_err());
    assert_eq!(Registry::global().get_key("models", "gpt 4").unwrap().state(), State::Open);
}

#[test]
fn service_and_its_parts_can_be_sent_shared_shown_and_boxed() {
    fn assert_thread_safe<T: Send + Sync + Unpin + Clone + Debug + 'static>(_: &T) {}
    let on = stage();
    assert_thread_safe(&on.service);
    let name: BreakerService<Fake> = on.service.clone();
    let mut boxed = BoxService::new(name);
    assert_eq!(ask(&mut boxed, Ask::Answer).unwrap(), 42);
    let mut cloned = BoxCloneSyncService::new(on.service.clone());
    assert_eq!(ask(&mut cloned, Ask::Answer).unwrap(), 42);

    let full = BreakerLayer::named("full", Config::new())
        .unwrap()
        .judge(http_outcomes())
        .retry_after(from_headers())
        .key(by_host())
        .body(Until::End);
    assert_thread_safe(&full);
    let shown = format!("{full:?} {:?}", BreakerLayer::with(Arc::clone(&on.breaker)));
    assert!(shown.contains("Keyed(\"full\")") && shown.contains("Given"), "{shown}");
    assert!(format!("{:?}", on.service).contains("Named(\"service\")"));
    assert_thread_safe(&grpc_outcomes());
}

#[tokio::test]
async fn call_can_be_spawned() {
    let on = stage();
    let handle = on.scope.handle();
    let answer = tokio::spawn(handle.wrap(on.service.clone().oneshot(Ask::Answer)));
    assert_eq!(answer.await.unwrap().unwrap(), 42);
}

#[test]
fn error_says_when_to_come_back() {
    let mut on = stage();
    assert!(ask(&mut on.service, Ask::Fail).is_err());
    let error = ask(&mut on.service, Ask::Answer).unwrap_err();
    let error = error.downcast_ref::<BreakerError>().unwrap();
    assert_eq!((error.name(), error.retry_after()), ("service", on.breaker.snapshot().cooldown));
    let (mut inner, reference) = (on.service.clone().into_inner(), on.service.get_ref());
    assert!(Arc::ptr_eq(&reference.log, &inner.log));
    assert!(
        inner.poll_ready(&mut std::task::Context::from_waker(std::task::Waker::noop())).is_ready()
    );
}
