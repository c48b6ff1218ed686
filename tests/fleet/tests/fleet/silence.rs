//! A server that dies, stops, forgets, or comes late.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use breakerbox::State;
use breakerbox::fleet::Store;
use redis::Commands;
use rustix::process::{Pid, Signal, kill_process};

use crate::server::{RedisServer, free_port};
use crate::world::{Instance, Service, all, await_joined, call_until, eventually};

fn three(url: &str, service: &Arc<Service>) -> Vec<Instance> {
    ["eu-1", "eu-2", "us-1"].map(|domain| Instance::begin(url, domain, service)).into()
}

fn is_alone(instance: &Instance) -> bool {
    matches!(instance.store(), Store::Alone { .. })
}

/// Opens all, and waits until somebody has probed.
fn open_all(instances: &[Instance], service: &Service) {
    await_joined(instances);
    service.set_down(true);
    instances[..2].iter().for_each(Instance::fail);
    eventually("all open", || all(instances, State::Open));
}

fn open_records(server: &RedisServer) -> u32 {
    server.connection().scard("{bb:v1:shop/test}:open").unwrap()
}

/// Sends a signal to a server, which goes on when the value is dropped.
struct Stopped<'a>(&'a RedisServer);

impl<'a> Stopped<'a> {
    fn new(server: &'a RedisServer) -> Self {
        kill_process(pid(server), Signal::STOP).unwrap();
        Self(server)
    }
}

impl Drop for Stopped<'_> {
    fn drop(&mut self) {
        let _ = kill_process(pid(self.0), Signal::CONT);
    }
}

fn pid(server: &RedisServer) -> Pid {
    Pid::from_raw(server.id().try_into().unwrap()).unwrap()
}

#[test]
fn server_that_is_killed_and_comes_back_empty_is_told_again() {
    let Some(mut server) = RedisServer::start(&[]) else { return };
    let service = Arc::<Service>::default();
    let instances = three(&server.url(), &service);
    open_all(&instances, &service);
    server.kill();
    let probes = service.probes();
    call_until("each is alone and probes", &instances, || {
        instances.iter().all(is_alone) && service.probes() >= probes + 6
    });
    server.restart();
    call_until("the record is made again", &instances, || {
        instances.iter().all(Instance::is_joined) && open_records(&server) == 1
    });
    service.most_probing.store(0, Ordering::SeqCst);
    let probes = service.probes();
    call_until("one probes for all", &instances, || service.probes() >= probes + 3);
    service.set_down(false);
    call_until("all closed", &instances, || all(&instances, State::Closed));
    call_until("the record too", &instances, || open_records(&server) == 0);
}

#[test]
fn no_call_waits_for_a_server_that_is_stopped() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let service = Arc::<Service>::default();
    let instances = three(&server.url(), &service);
    await_joined(&instances);
    service.set_down(true);
    let stopped = Stopped::new(&server);
    // All of this happens before the server goes on.
    for instance in &instances {
        instance.fail();
        (0..1_000).for_each(|_| instance.call());
    }
    call_until("each is alone and probes", &instances, || {
        instances.iter().all(is_alone) && service.probes() >= 6
    });
    drop(stopped);
    call_until("the record is made", &instances, || {
        instances.iter().all(Instance::is_joined) && open_records(&server) == 1
    });
    service.set_down(false);
    call_until("all closed", &instances, || all(&instances, State::Closed));
}

#[test]
fn records_that_are_flushed_are_made_again() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let service = Arc::<Service>::default();
    let instances = three(&server.url(), &service);
    open_all(&instances, &service);
    let () = redis::cmd("FLUSHALL").query(&mut server.connection()).unwrap();
    call_until("the record is made again", &instances, || open_records(&server) == 1);
    service.set_down(false);
    call_until("all closed", &instances, || all(&instances, State::Closed));
}

#[test]
fn scripts_that_are_flushed_are_loaded_again() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let service = Arc::<Service>::default();
    let instances = three(&server.url(), &service);
    await_joined(&instances);
    let () = redis::cmd("SCRIPT").arg("FLUSH").query(&mut server.connection()).unwrap();
    open_all(&instances, &service);
    assert!(instances.iter().all(|it| it.fleet.status().trouble.is_none()));
    await_joined(&instances);
}

#[test]
fn connection_that_is_killed_is_made_anew_and_listens_again() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let service = Arc::<Service>::default();
    let instances = three(&server.url(), &service);
    await_joined(&instances);
    let listeners = || -> Vec<redis::Value> {
        let mut command = redis::cmd("PUBSUB");
        command.arg("NUMSUB").arg("{bb:v1:shop/test}:news").query(&mut server.connection()).unwrap()
    };
    let all_listen = || listeners().last() == Some(&redis::Value::Int(3));
    eventually("all listen", all_listen);
    let killed: u32 = redis::cmd("CLIENT")
        .arg(&["KILL", "SKIPME", "yes", "TYPE", "pubsub"])
        .query(&mut server.connection())
        .unwrap();
    assert_eq!(killed, 3);
    eventually("all listen again", all_listen);
    open_all(&instances, &service);
}

#[test]
fn server_that_comes_late_is_joined() {
    let Some(mut server) = RedisServer::start(&[]) else { return };
    server.kill();
    let service = Arc::<Service>::default();
    let instances = three(&server.url(), &service);
    let has_error = |it: &Instance| matches!(it.store(), Store::Joining { error: Some(_) });
    eventually("the status says why", || instances.iter().all(has_error));
    // Until then they are breakers like others.
    instances[0].fail();
    server.restart();
    await_joined(&instances);
    instances[1].fail();
    call_until("all closed", &instances, || all(&instances, State::Closed));
}

#[test]
fn server_that_never_comes_costs_no_call() {
    let service = Arc::<Service>::default();
    let url = format!("redis://127.0.0.1:{}", free_port());
    let instance = Instance::begin(&url, "eu-1", &service);
    instance.fail();
    call_until("it closes by itself", std::slice::from_ref(&instance), || {
        instance.state() == State::Closed
    });
    let said = instance.fleet.status().to_string();
    assert!(said.starts_with(&format!("1 names of `eu-1` as `shop/test` at `{url}`")), "{said}");
    instance.fleet.leave();
    assert_eq!(instance.breaker.state(), State::Closed);
}

#[test]
fn runtime_that_ends_leaves_breakers_alone() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let service = Arc::<Service>::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let options = crate::world::options(&server.url(), "eu-1").runtime(runtime.handle().clone());
    let instance = Instance::begin_with(options, crate::world::config(), &service);
    await_joined(std::slice::from_ref(&instance));
    runtime.shutdown_timeout(Duration::from_secs(10));
    eventually("it is alone", || is_alone(&instance));
    instance.fail();
    call_until("it probes by itself", std::slice::from_ref(&instance), || {
        instance.state() == State::Closed
    });
}

#[test]
fn runtime_without_drivers_leaves_breakers_alone_and_is_told() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let service = Arc::<Service>::default();
    let runtime = tokio::runtime::Builder::new_multi_thread().build().unwrap();
    let options = crate::world::options(&server.url(), "eu-1").runtime(runtime.handle().clone());
    let instance = Instance::begin_with(options, crate::world::config(), &service);
    let is_told = || {
        let Store::Joining { error: Some(error) } = instance.store() else { return false };
        error.contains("needs its drivers of time and input")
    };
    eventually("the status says why", is_told);
    instance.fail();
    call_until("it probes by itself", std::slice::from_ref(&instance), || {
        instance.state() == State::Closed
    });
    instance.fleet.leave();
}
