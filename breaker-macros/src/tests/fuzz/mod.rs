//! Attributes and items, made by random changes to real ones. The macro must not panic. Its
//! expansion must parse, or report a mistake at a span of the input.
//!
//! `EXPANSIONS=100000` sets the number of cases; `cargo xtask full` sets it.

mod attributes;
mod items;
mod mutation;
mod token;
mod verdict;
mod vocabulary;

use std::cell::Cell;

use proptest::prelude::*;
use proptest::sample::Index;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use attributes::{FOR_ALL, FOR_ASYNC, FOR_CALLS};
use items::{ASYNC_CALLS, BLOCKS, CALLS, FUNCTIONS, UNFIT};
use mutation::{Mutation, mutated, mutations};
use token::{Token, text, tokens};
use verdict::Verdict;

#[test]
fn real_attributes_on_real_items_are_taken() {
    let pairs = [
        (FOR_ALL, [CALLS, ASYNC_CALLS, FUNCTIONS, BLOCKS].concat()),
        (FOR_CALLS, [CALLS, ASYNC_CALLS].concat()),
        (FOR_ASYNC, ASYNC_CALLS.to_vec()),
    ];
    for (attributes, items) in pairs {
        for args in attributes {
            for item in &items {
                assert_eq!(verdict::of(args, item), Ok(Verdict::Guarded), "{args}\n{item}");
            }
        }
    }
}

#[test]
fn changed_attributes_on_changed_functions_are_guarded_or_refused() {
    fuzz(&[CALLS, FUNCTIONS], 35);
}

#[test]
fn changed_attributes_on_changed_futures_are_guarded_or_refused() {
    fuzz(&[ASYNC_CALLS], 30);
}

#[test]
fn changed_attributes_on_changed_blocks_are_guarded_or_refused() {
    fuzz(&[BLOCKS], 25);
}

#[test]
fn changed_attributes_on_unfit_items_are_guarded_or_refused() {
    fuzz(&[UNFIT], 10);
}

/// Runs `parts` percent of all cases on these items.
fn fuzz(items: &[&[&str]], parts: u32) {
    let all = std::env::var("EXPANSIONS").map_or(20_000, |all| all.parse().unwrap());
    let cases = all / 100 * parts;
    let (attributes, items) = (read(&[FOR_ALL, FOR_CALLS, FOR_ASYNC]), read(items));
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    // A fixed seed: a run that passes here passes everywhere.
    let rng = TestRng::deterministic_rng(RngAlgorithm::XorShift);
    let change = || (any::<Index>(), mutations());
    let seen = Cell::new((0_u32, 0_u32));
    let result =
        TestRunner::new_with_rng(config, rng).run(&(change(), change()), |(args, item)| {
            let (args, item) = (changed(&attributes, &args), changed(&items, &item));
            let verdict = verdict::of(&args, &item);
            prop_assert!(
                verdict.is_ok(),
                "{}\nattribute: {args}\nitem: {item}",
                verdict.unwrap_err()
            );
            let (lexed, guarded) = seen.get();
            seen.set((
                lexed + u32::from(verdict != Ok(Verdict::NoTokens)),
                guarded + u32::from(verdict == Ok(Verdict::Guarded)),
            ));
            Ok(())
        });
    if let Err(fault) = result {
        panic!("{fault}");
    }
    let (lexed, guarded) = seen.get();
    println!("of {cases} inputs {lexed} are tokens, and {guarded} of them are guarded");
    assert!(lexed > cases / 20 * 19, "too few are tokens");
    assert!(lexed > guarded, "none is refused");
}

fn read(texts: &[&[&str]]) -> Vec<Vec<Token>> {
    let read = |text: &str| tokens(text.parse().unwrap_or_else(|error| panic!("{text}: {error}")));
    texts.concat().into_iter().map(read).collect()
}

fn changed(corpus: &[Vec<Token>], (original, mutations): &(Index, Vec<Mutation>)) -> String {
    text(&mutated(original.get(corpus).clone(), mutations, corpus))
}
