//! Namespaces, keys of others, and instances that leave.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use breakerbox::State;
use breakerbox::fleet::Redis;
use redis::Commands;

use crate::server::RedisServer;
use crate::world::{Instance, Service, all, await_joined, config, eventually, options};

const RECORD: &str = "{bb:v1:shop/test}:record:7:service";
const VOTES: &str = "{bb:v1:shop/test}:votes:7:service";

#[test]
fn namespaces_are_apart() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let service = Arc::<Service>::default();
    let begin = |namespace: &str, domain: &str| {
        let options = Redis::new(&server.url()).unwrap().namespace(namespace).unwrap();
        let options = options.domain(domain).unwrap().quorum(1);
        let config = config().cooldown(Duration::from_secs(600));
        Instance::begin_with(options, config, &service)
    };
    let shop = [begin("shop", "eu-1"), begin("shop", "eu-2")];
    let other = [begin("shop2", "eu-1"), begin("sho", "eu-2")];
    await_joined(&shop);
    await_joined(&other);
    shop[0].fail();
    eventually("the shop is open", || all(&shop, State::Open));
    assert!(all(&other, State::Closed));
    let open: Vec<String> = server.connection().keys("*:open").unwrap();
    assert_eq!(open, ["{bb:v1:shop}:open"]);
}

#[test]
fn key_of_another_type_is_trouble_until_it_is_gone() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let () = server.connection().set(RECORD, "hello").unwrap();
    let service = Arc::<Service>::default();
    let config = || config().cooldown(Duration::from_secs(600));
    let begin = |domain| Instance::begin_with(options(&server.url(), domain), config(), &service);
    let instances = ["eu-1", "eu-2"].map(begin);
    await_joined(&instances);
    let begin_other = |instance: &Instance| {
        instance.registry.get_or_insert("other", config().build().unwrap()).unwrap()
    };
    let others = [begin_other(&instances[0]), begin_other(&instances[1])];
    instances.iter().for_each(Instance::fail);
    let has_trouble = |it: &Instance| it.fleet.status().trouble;
    eventually("it is told", || {
        instances.iter().all(|it| has_trouble(it).is_some_and(|why| why.contains("WRONGTYPE")))
    });
    await_joined(&instances);
    // Other breakers are shared as ever.
    let _ = others[0].call(|| Err::<(), _>(std::io::Error::other("down")));
    for _ in 0..3 {
        let _ = others[0].call(|| Err::<(), _>(std::io::Error::other("down")));
        let _ = others[1].call(|| Err::<(), _>(std::io::Error::other("down")));
    }
    eventually("the other record is open", || {
        server.connection().sismember("{bb:v1:shop/test}:open", "5:other").unwrap()
    });
    let () = server.connection().del(RECORD).unwrap();
    eventually("the record is made", || server.connection().hexists(RECORD, "g").unwrap());
    eventually("the trouble is over", || instances.iter().all(|it| has_trouble(it).is_none()));
}

#[test]
fn news_that_nobody_understands_are_not_heard() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let service = Arc::<Service>::default();
    let instances = ["eu-1", "eu-2"].map(|domain| Instance::begin(&server.url(), domain, &service));
    await_joined(&instances);
    let far = u64::MAX;
    for news in [
        "",
        "hello",
        "r o 1 1 1 1 86400001 1 1 - - 7:service",
        "s 1000 - 7:service",
        "r c 1 1 1 1 service",
        &format!("r o {far} {far} {far} 9 86400000 65535 {far} - - 8:service"),
        &"x".repeat(100_000),
    ] {
        let () = server.connection().publish("{bb:v1:shop/test}:news", news).unwrap();
    }
    instances.iter().for_each(Instance::fail);
    eventually("the record is open", || {
        server.connection().sismember("{bb:v1:shop/test}:open", "7:service").unwrap()
    });
    assert!(instances.iter().all(Instance::is_joined));
}

#[test]
fn instance_that_leaves_takes_its_vote_back() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let service = Arc::<Service>::default();
    let begin = |domain| {
        let config = config().cooldown(Duration::from_secs(600));
        Instance::begin_with(options(&server.url(), domain), config, &service)
    };
    let [first, second] = ["eu-1", "eu-2"].map(begin);
    let votes = || -> Vec<String> {
        let votes: BTreeMap<String, String> = server.connection().hgetall(VOTES).unwrap();
        // One that was taken back says no more than that its domain has raised a suspicion.
        let counts = |(domain, vote): (String, String)| (!vote.starts_with("0 ")).then_some(domain);
        votes.into_iter().filter_map(counts).collect()
    };
    await_joined(std::slice::from_ref(&first));
    first.fail();
    eventually("it has voted", || votes() == ["eu-1"]);
    drop(first.fleet);
    eventually("it has taken its vote back", || votes().is_empty());
    await_joined(std::slice::from_ref(&second));
    second.fail();
    eventually("the other has voted", || votes() == ["eu-2"]);
    assert_eq!(second.state(), State::Open);
    second.fleet.leave();
    eventually("so does the other", || votes().is_empty());
}

#[test]
fn instance_that_leaves_gives_its_lease_back() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let service = Arc::<Service>::default();
    let begin = |domain| {
        // Nobody else would probe for an hour if the lease was not given back.
        let config = config().probe_timeout(Duration::from_secs(3_600));
        Instance::begin_with(options(&server.url(), domain).quorum(1), config, &service)
    };
    let [first, second] = ["eu-1", "eu-2"].map(begin);
    await_joined(std::slice::from_ref(&first));
    await_joined(std::slice::from_ref(&second));
    first.fail();
    let permit = std::cell::RefCell::new(None);
    eventually("a probe is on its way", || {
        *permit.borrow_mut() = first.breaker.try_acquire().ok();
        permit.borrow().is_some()
    });
    let holder: String = server.connection().hget(RECORD, "h").unwrap();
    assert_eq!(holder, "eu-1");
    assert_eq!(second.state(), State::Open);
    drop(first.fleet);
    let second = [second];
    crate::world::call_until("the other has probed", &second, || all(&second, State::Closed));
}

#[test]
fn idle_instance_sends_little() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let service = Arc::<Service>::default();
    let instances = ["eu-1", "eu-2"].map(|domain| Instance::begin(&server.url(), domain, &service));
    await_joined(&instances);
    let scripts = || -> u32 {
        let info: String =
            redis::cmd("INFO").arg("commandstats").query(&mut server.connection()).unwrap();
        let line = info.lines().find(|line| line.starts_with("cmdstat_evalsha:")).unwrap();
        let calls = line.split("calls=").nth(1).and_then(|rest| rest.split(',').next());
        calls.unwrap().parse().unwrap()
    };
    // Calls that succeed send nothing.
    let before = scripts();
    for instance in &instances {
        (0..10_000).for_each(|_| instance.call());
    }
    let after = scripts();
    assert!(after - before <= 4, "two synchronizations at most: {before}, {after}");
}
