//! A quorum opens breakers, and one instance probes.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use breakerbox::fleet::Store;
use breakerbox::{Reason, State};
use redis::Commands;

use crate::server::RedisServer;
use crate::world::{Instance, Service, all, await_joined, call_until, config, eventually, options};

fn four(server: &RedisServer, service: &Arc<Service>) -> Vec<Instance> {
    let begin = |domain| Instance::begin(&server.url(), domain, service);
    let instances: Vec<_> = ["eu-1", "eu-2", "us-1", "us-2"].map(begin).into();
    await_joined(&instances);
    instances
}

#[test]
fn two_domains_open_all_and_one_probe_closes_all() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let service = Arc::<Service>::default();
    let instances = four(&server, &service);
    service.set_down(true);
    let (first, others) = instances.split_at(2);
    first.iter().for_each(Instance::fail);
    eventually("all open", || all(others, State::Open));
    call_until("five probes in turn", &instances, || service.probes() >= 5);
    assert_eq!(service.most_probing.load(Ordering::SeqCst), 1, "one lease at a time");
    service.set_down(false);
    call_until("all closed", &instances, || all(&instances, State::Closed));
    assert_eq!(service.most_probing.load(Ordering::SeqCst), 1, "one lease at a time");
    // The record has changed once by the trip, and twice by each lease: when it was claimed, and by
    // its outcome.
    let record = "{bb:v1:shop/test}:record:7:service";
    let changes: u32 = server.connection().hget(record, "e").unwrap();
    assert!(2 * service.probes() < changes, "{} probes, {changes} changes", service.probes());
}

#[test]
fn one_poisoned_domain_trips_alone_and_makes_others_suspicious() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let service = Arc::<Service>::default();
    let instances = four(&server, &service);
    instances[0].fail();
    let counted = |instance: &Instance| instance.breaker.snapshot().consecutive_failures;
    eventually("the others are suspicious", || instances[1..].iter().all(|it| counted(it) == 2));
    assert!(all(&instances[1..], State::Closed));
    instances[1..].iter().for_each(Instance::call);
    assert!(instances[1..].iter().all(|it| counted(it) == 0), "a success refutes it");
    // Its vote and its probes are its own.
    call_until("it is closed", &instances[..1], || instances[0].state() == State::Closed);
    assert!(all(&instances, State::Closed));
}

#[test]
fn transitions_of_others_have_a_reason_of_their_own() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let service = Arc::<Service>::default();
    let instances = four(&server, &service);
    instances[..2].iter().for_each(Instance::fail);
    eventually("all open", || all(&instances, State::Open));
    let by_peer = |instance: &Instance| {
        let totals = instance.breaker.totals();
        totals.transitions().any(|(to, reason, _)| to == State::Open && reason == Reason::Peer)
    };
    assert!(instances[2..].iter().all(by_peer));
}

#[test]
fn breaker_that_is_made_late_is_open_at_once() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let service = Arc::<Service>::default();
    let begin = |domain| {
        let config = config().cooldown(std::time::Duration::from_secs(600));
        Instance::begin_with(options(&server.url(), domain), config, &service)
    };
    let instances = ["eu-1", "eu-2"].map(begin);
    await_joined(&instances);
    instances.iter().for_each(Instance::fail);
    let late = begin("us-1");
    await_joined(std::slice::from_ref(&late));
    let breaker = late.breaker.config();
    late.registry.remove("service");
    eventually("a new one is open at its first call", || {
        let made = late.registry.get_or_insert("service", breaker).unwrap();
        let state = made.state();
        late.registry.remove("service");
        state == State::Open
    });
}

#[test]
fn registry_is_joined_once() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let service = Arc::<Service>::default();
    let instance = Instance::begin(&server.url(), "eu-1", &service);
    let second = options(&server.url(), "eu-1").join(&instance.registry);
    let status = second.status();
    assert_eq!((status.store, status.names), (Store::Refused, 0));
    second.leave();
    await_joined(&[instance]);
}
