//! Breakers that are shared with other processes.

#![allow(clippy::float_cmp, reason = "numbers that a float holds exactly")]

mod common;

use std::collections::BTreeMap;
use std::time::Duration;

use breaker_core::link::{Opening, Token, Told};
use breaker_core::{Config, Registry, Role};
use breaker_metrics::Exporter;
use breakerbox::testing::Scope;

use common::{Fleet, ask, of_metric, series};

/// The roles that have a breaker.
fn roles(exporter: &Exporter) -> BTreeMap<String, f64> {
    let mut roles = of_metric(exporter, "breakerbox_sharing");
    roles.retain(|_, breakers| *breakers > 0.0);
    roles
}

fn shown<const N: usize>(series: [(&str, f64); N]) -> BTreeMap<String, f64> {
    series.map(|(labels, value)| (labels.to_owned(), value)).into()
}

#[test]
fn shared_breaker_has_each_role_from_the_start_and_another_has_none() {
    let registry = Registry::new();
    let fleet = Fleet::of(&registry);
    for name in ["alone", "db"] {
        registry.get_or_insert(name, Config::new()).unwrap();
    }
    let exporter = Exporter::new(&registry);
    let sharing = || of_metric(&exporter, "breakerbox_sharing");
    assert_eq!(sharing(), shown([]));
    for role in Role::ALL {
        fleet.share("db", role, None);
        let expected =
            Role::ALL.map(|one| (format!("name=db,role={one}"), f64::from(u8::from(one == role))));
        assert_eq!(sharing(), expected.into());
    }
    fleet.part_from("db");
    assert_eq!(sharing(), shown([]));
}

#[test]
fn votes_and_quorum_exist_where_votes_open() {
    let registry = Registry::new();
    let fleet = Fleet::of(&registry);
    registry.get_or_insert("db", Config::new()).unwrap();
    let exporter = Exporter::new(&registry);
    let votes = || ["votes", "quorum"].map(|of| of_metric(&exporter, &format!("breakerbox_{of}")));
    fleet.share("db", Role::Member, None);
    assert_eq!(votes(), [shown([]), shown([])]);
    fleet.share("db", Role::Member, Some((0, 3)));
    assert_eq!(votes(), [shown([("name=db", 0.0)]), shown([("name=db", 3.0)])]);
    fleet.share("db", Role::Voter, Some((2, 3)));
    assert_eq!(votes(), [shown([("name=db", 2.0)]), shown([("name=db", 3.0)])]);
}

#[test]
fn roles_of_keys_are_added_up_and_the_most_votes_of_any_key_count() {
    let scope = Scope::enter();
    let fleet = Fleet::of(scope.registry());
    for (key, role, votes) in
        [("a", Role::Voter, 1), ("b", Role::Member, 2), ("c", Role::Member, 0)]
    {
        fleet.share(&format!("llm/{key}"), role, Some((votes, 3)));
        ask(key, Ok(())).unwrap();
    }
    let folded = Exporter::new(scope.registry());
    let expected = shown([("name=llm,role=member", 2.0), ("name=llm,role=voter", 1.0)]);
    assert_eq!(roles(&folded), expected);
    assert_eq!(of_metric(&folded, "breakerbox_votes"), shown([("name=llm", 2.0)]));

    let by_key = Exporter::new(scope.registry()).per_key(1);
    let expected =
        shown([("name=llm,key=a,role=voter", 1.0), ("name=llm,key=other,role=member", 2.0)]);
    assert_eq!(roles(&by_key), expected);
    let expected = shown([("name=llm,key=a", 1.0), ("name=llm,key=other", 2.0)]);
    assert_eq!(of_metric(&by_key, "breakerbox_votes"), expected);
}

#[test]
fn what_a_peer_has_told_is_counted_from_zero() {
    let registry = Registry::new();
    let fleet = Fleet::of(&registry);
    fleet.share("db", Role::Member, None);
    registry.get_or_insert("alone", Config::new()).unwrap();
    let breaker = registry.get_or_insert("db", Config::new()).unwrap();
    let exporter = Exporter::new(&registry);
    let told = || {
        let mut told = of_metric(&exporter, "breakerbox_transitions_total");
        told.retain(|labels, _| labels.ends_with("reason=peer"));
        told
    };
    let counted = |times| {
        let states = ["closed", "open"];
        states.map(|state| (format!("name=db,state={state},reason=peer"), times)).into()
    };
    assert_eq!(told(), counted(0.0));
    let began = Token { generation: 1, epoch: 1 };
    let left = Duration::from_secs(20);
    breaker.told(Told::Open(Opening { left, openings: 1, began, own: false }));
    breaker.told(Told::Closed);
    assert_eq!(told(), counted(1.0));
    fleet.part_from("db");
    assert_eq!(told(), counted(1.0), "no counter goes");
}

#[test]
fn shared_breaker_costs_as_many_series_as_the_docs_say() {
    let registry = Registry::new();
    let fleet = Fleet::of(&registry);
    registry.get_or_insert("db", Config::new()).unwrap();
    let exporter = Exporter::new(&registry);
    let alone = series(&exporter).len();
    for (votes, cost) in [(None, 7), (Some((0, 3)), 9)] {
        fleet.share("db", Role::Member, votes);
        assert_eq!(series(&exporter).len() - alone, cost);
    }
}
