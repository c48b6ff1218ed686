//! The breakers that a link meets, and their names.

use std::sync::{Arc, Mutex, Weak};

use breaker_core::link::{Id, Link, Told};
use breakerbox::testing::Scope;
use breakerbox::{Breaker, Registry, circuit_breaker};

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
    let mut scopes: Vec<_> = scopes
        .map(|(name, shared)| (name.to_string(), shared.map(|sharing| sharing.scope)))
        .collect();
    scopes.sort();
    let shared = Some("script");
    let unnamed = "link::ids::unnamed".to_owned();
    assert_eq!(scopes, [(unnamed, None), ("svc".to_owned(), shared)]);
}

/// Asks for the first key again as soon as a third one has made room for itself.
struct Again {
    registry: Registry,
    /// The keys of those that were met, and where they are: a weak reference keeps the place.
    met: Mutex<Vec<(String, Weak<Breaker>)>>,
    /// The number of each that has gone in the order of those met.
    gone: Mutex<Vec<Option<usize>>>,
}

impl Link for Again {
    fn attach(&self, breaker: &Arc<Breaker>, id: &Id) -> Told {
        let mut met = self.met.lock().unwrap();
        met.push((id.key().unwrap_or_default().to_owned(), Arc::downgrade(breaker)));
        let third = met.len() == 3;
        drop(met);
        if third {
            drop(self.registry.breaker_by_key("svc", "first").unwrap());
        }
        Told::Nothing
    }

    fn detach(&self, breaker: &Breaker, _: &Id) {
        let met = self.met.lock().unwrap();
        let is_this = |(_, it): &(String, Weak<Breaker>)| std::ptr::eq(it.as_ptr(), breaker);
        self.gone.lock().unwrap().push(met.iter().position(is_this));
    }
}

#[test]
fn breaker_that_leaves_after_the_next_one_of_its_key_has_come_is_told_apart_from_it() {
    let registry = Registry::new();
    registry.set_max_keys(2);
    let (met, gone) = (Mutex::default(), Mutex::default());
    let link = Arc::new(Again { registry: registry.clone(), met, gone });
    registry.link(Arc::clone(&link) as Arc<dyn Link>).unwrap();
    for key in ["first", "second", "third"] {
        drop(registry.breaker_by_key("svc", key).unwrap());
    }
    let met = link.met.lock().unwrap();
    let keys: Vec<_> = met.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["first", "second", "third", "first"]);
    assert_eq!(*link.gone.lock().unwrap(), [Some(1), Some(0)]);
}
