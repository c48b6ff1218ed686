//! The list of the program's functions. Nothing here is ever called.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use breakerbox::{DeclaredFunction, Registry, circuit_breaker};

// A library that nothing names is not linked.
use listed as _;

#[circuit_breaker(name = "own")]
#[allow(dead_code)]
fn own() -> Result<(), breakerbox::BreakerError> {
    Ok(())
}

fn listed() -> Vec<DeclaredFunction> {
    Registry::declared()
}

#[test]
fn every_function_is_listed() {
    let names: Vec<String> = listed().iter().map(|function| function.name.to_string()).collect();
    let known: BTreeSet<&str> = names.iter().map(String::as_str).collect();
    let wanted = BTreeSet::from([
        "plain",
        "asynchronous",
        "by_constant",
        "by_key",
        "listed_library::generic",
        "listed_library::dead",
        "listed_library::outer::nested",
        "listed_library::Llm::provided",
        "<listed_library::Client<_>-as-listed_library::Llm>::required",
        "listed_library::Client<_>::of_block",
        "twin_outer",
        "twin_inner",
        "no_std",
        "own",
    ]);
    assert_eq!(known, wanted);
    assert_eq!(names.len(), wanted.len(), "each once: {names:?}");
}

#[test]
fn tuning_and_key_are_those_of_the_attribute() {
    let tuning: Vec<_> = listed()
        .iter()
        .filter(|function| ["plain", "by_key", "twin_inner"].contains(&function.name.as_str()))
        .map(|function| {
            let threshold = function.config.map(|config| config.threshold());
            (function.name.to_string(), function.has_key, threshold)
        })
        .collect();
    let wanted = [
        ("plain".to_owned(), false, Some(Some(3))),
        ("by_key".to_owned(), true, Some(Some(2))),
        ("twin_inner".to_owned(), false, None),
    ];
    assert_eq!(tuning, wanted);
}

#[test]
fn place_is_that_of_the_attribute_and_orders_the_list() {
    let listed = listed();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for function in &listed {
        let text = fs::read_to_string(root.join(function.location.file())).unwrap();
        let line = text.lines().nth(function.location.line() as usize - 1).unwrap();
        assert!(line.contains("circuit_breaker"), "{function:?}: {line}");
    }
    assert!(listed.is_sorted_by_key(|function| function.location));
}

#[test]
fn listing_makes_no_breaker() {
    let _ = listed();
    assert!(Registry::global().is_empty());
}
