//! A limit that is lowered below the number of keys.

use breakerbox::State;

use super::{COOLDOWN, scope_of, state, succeed, trip};
use crate::ms;

#[test]
fn lowered_limit_lets_keys_go_only_if_that_makes_room() {
    let scope = scope_of(1_000);
    for n in 0..100 {
        trip(&format!("open-{n}"));
    }
    for n in 0..20 {
        succeed(&format!("closed-{n}"));
    }
    scope.registry().set_max_keys(10);
    succeed("new");
    assert_eq!(scope.registry().len(), 121, "none has gone, and the new one shares");
    scope.registry().set_max_keys(105);
    succeed("new");
    assert_eq!((scope.registry().len(), state(&scope, "new")), (106, Some(State::Closed)));
    assert_eq!(state(&scope, "closed-0"), None, "the longest unused");
    scope.registry().set_max_keys(3);
    succeed("other");
    scope.advance(COOLDOWN);
    succeed("other");
    assert_eq!((scope.registry().len(), state(&scope, "other")), (4, Some(State::Closed)));
}

#[test]
fn over_a_lowered_limit_keys_are_looked_at_once_per_cooldown() {
    let scope = scope_of(20);
    for n in 0..20 {
        trip(&n.to_string());
    }
    scope.registry().set_max_keys(10);
    succeed("new");
    let reset = |n: u32| scope.registry().get_key("host", n).unwrap().reset();
    (0..20).for_each(reset);
    scope.advance(ms(29_999));
    succeed("new");
    assert_eq!(scope.registry().len(), 21);
    scope.advance(ms(1));
    succeed("new");
    assert_eq!((scope.registry().len(), state(&scope, "new")), (11, Some(State::Closed)));
}

#[test]
fn key_that_is_removed_makes_room_though_there_was_none_over_a_lowered_limit() {
    let scope = scope_of(20);
    (0..10).for_each(|n| trip(&n.to_string()));
    scope.registry().set_max_keys(8);
    succeed("new");
    assert_eq!(state(&scope, "new"), None);
    for n in 0..5 {
        assert!(scope.registry().remove_key("host", n).is_some());
    }
    succeed("new");
    assert_eq!(state(&scope, "new"), Some(State::Closed));
}

#[test]
fn over_a_lowered_limit_keys_are_looked_at_long_after_the_cooldown_too() {
    let scope = scope_of(20);
    scope.advance(ms(5));
    (0..20).for_each(|n| trip(&n.to_string()));
    scope.registry().set_max_keys(10);
    succeed("new");
    scope.advance(COOLDOWN * 10);
    succeed("new");
    assert_eq!((scope.registry().len(), state(&scope, "new")), (11, Some(State::Closed)));
}
