//! Functions of one default name, and functions that give another's default name.

use breakerbox::testing::Scope;
use breakerbox::{ConflictKind, State, circuit_breaker};
use support::{DOWN, Reply};

use super::names;

macro_rules! fetch {
    ($reply:expr) => {{
        #[circuit_breaker(threshold = 1)]
        fn fetch(reply: Reply) -> Reply {
            reply
        }
        fetch($reply)
    }};
}

#[test]
fn functions_of_one_path_are_kept_apart_and_listed() {
    let first = |reply| fetch!(reply);
    let second = |reply| fetch!(reply);
    // Two on one line.
    #[rustfmt::skip]
    let (third, fourth) = (|reply| fetch!(reply), |reply| fetch!(reply));

    let scope = Scope::enter();
    assert_eq!(first(DOWN), DOWN);
    for call in [&second as &dyn Fn(Reply) -> Reply, &third, &fourth] {
        assert_eq!(call(Ok(1)), Ok(1), "the first one's trouble is not another's");
        assert_eq!(call(DOWN), DOWN);
    }
    let names = names(&scope);
    assert_eq!(names.len(), 4, "{names:?}");
    let conflicts = scope.registry().conflicts();
    assert_eq!(conflicts.len(), 3, "{conflicts:?}");
    for conflict in &conflicts {
        assert_eq!(conflict.kind, ConflictKind::DefaultName);
        assert!(names.contains(&conflict.name.to_string()));
        assert!(conflict.name.as_str().contains(&format!(":{}", conflict.second.line())));
        assert!(conflict.to_string().contains("give each of them a `name`"));
    }
    assert!(names[3].ends_with(":2"), "{names:?}");
    drop(scope);

    // Each registry lists them, and they keep their names.
    let scope = Scope::enter();
    assert_eq!((fourth(Ok(1)), first(Ok(1)), second(Ok(1))), (Ok(1), Ok(1), Ok(1)));
    assert_eq!(scope.registry().conflicts().len(), 2);
    assert!(self::names(&scope).iter().all(|name| names.contains(name)));
}

#[circuit_breaker(name = "attribute::default_names::collisions::named_later", threshold = 1)]
fn gives_a_path(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(name = "attribute::default_names::collisions::named_later", threshold = 1)]
fn gives_that_path_too(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(threshold = 1)]
fn named_later(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(name = "attribute::default_names::collisions::named_before", threshold = 1)]
fn gives_a_path_first(reply: Reply) -> Reply {
    reply
}

#[circuit_breaker(threshold = 1)]
fn named_before(reply: Reply) -> Reply {
    reply
}

#[test]
fn function_without_a_name_shares_no_breaker_with_one_that_gives_its_path() {
    type Call = fn(Reply) -> Reply;
    let pairs: [(Call, Call, &str); 2] = [
        (named_later, gives_a_path, "named_later"),
        (gives_a_path_first, named_before, "named_before"),
    ];
    for (first, second, name) in pairs {
        let scope = Scope::enter();
        let path = format!("attribute::default_names::collisions::{name}");
        scope.registry().breaker(&path).unwrap();
        assert_eq!(first(DOWN), DOWN);
        assert_eq!(scope.registry().get(&path).unwrap().state(), State::Open);
        assert_eq!(second(Ok(1)), Ok(1), "the first one's trouble is not another's");
        assert_eq!((second(DOWN), first(Ok(1)).is_err()), (DOWN, true));
        let conflicts = scope.registry().conflicts();
        assert_eq!((conflicts.len(), conflicts[0].kind), (1, ConflictKind::DefaultName));
        let other = format!("{path}:{}", conflicts[0].second.line());
        assert_eq!(names(&scope), [path, other]);
    }
    let scope = Scope::enter();
    assert_eq!(gives_a_path(DOWN), DOWN);
    assert!(gives_that_path_too(Ok(1)).is_err(), "functions that give one name share a breaker");
    assert_eq!((named_later(Ok(1)), names(&scope).len()), (Ok(1), 2));
}
