//! Which breakers a link meets, and by what names.

use std::sync::Arc;

use breaker_core::link::{Id, Link};
use breakerbox::circuit_breaker;
use breakerbox::testing::Scope;

use crate::script::Script;
use crate::{Reply, Stage, UP, call};

#[circuit_breaker(threshold = 3, cooldown = "10s")]
fn unnamed(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(name = "svc", key = key, threshold = 3, cooldown = "10s")]
fn keyed(key: &str, reply: Reply) -> Reply {
    reply
}

#[test]
fn breaker_is_met_once_when_it_is_made_and_before_its_first_call() {
    let stage = Stage::enter();
    for _ in 0..2 {
        call(UP).unwrap();
    }
    stage.scope.registry().breaker("early").unwrap();
    assert_eq!(stage.link.noted(), ["svc met", "early met"]);
}

#[test]
fn breakers_that_are_there_are_met_when_the_registry_is_linked() {
    let scope = Scope::enter();
    call(UP).unwrap();
    for key in ["b", "a"] {
        keyed(key, UP).unwrap();
    }
    let link = Arc::<Script>::default();
    scope.registry().link(Arc::clone(&link) as Arc<dyn Link>).unwrap();
    assert_eq!(link.noted(), ["svc met", "svc[a] met", "svc[b] met"]);
}

#[test]
fn key_is_met_with_its_name_apart_and_goes_when_it_makes_room() {
    let stage = Stage::enter();
    stage.scope.registry().set_max_keys(1);
    keyed("eu/80", UP).unwrap();
    keyed("a b", UP).unwrap();
    assert_eq!(stage.link.noted(), ["svc[eu/80] met", "svc[a b] met", "svc[eu/80] gone"]);
    assert_ne!(Id::new("svc", Some("eu/80")), Id::new("svc/eu", Some("80")));
}

#[test]
fn default_name_is_known_as_one() {
    let stage = Stage::enter();
    unnamed(UP).unwrap();
    call(UP).unwrap();
    let scopes = stage.scope.registry().snapshots().into_iter().map(|it| (it.name, it.shared));
    let mut scopes: Vec<_> = scopes.map(|(name, shared)| (name.to_string(), shared)).collect();
    scopes.sort();
    let shared = Some("script");
    let unnamed = "link::ids::unnamed".to_owned();
    assert_eq!(scopes, [(unnamed, None), ("svc".to_owned(), shared)]);
}
