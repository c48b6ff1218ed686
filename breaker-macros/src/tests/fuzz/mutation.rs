//! Changes to a sequence of tokens, at any depth.

use core::mem::swap;

use proc_macro2::Delimiter;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::token::Token;
use super::vocabulary::{DELIMITERS, token};

#[derive(Clone, Debug)]
pub(super) enum Mutation {
    Delete(Index),
    Duplicate(Index),
    Swap(Index, Index),
    Insert(Index, Token),
    Replace(Index, Token),
    /// Puts this token, and this number of tokens after it, into a group.
    Wrap(Index, usize, Delimiter),
    /// Deletes the tokens from here to the end of the group.
    Truncate(Index),
    /// Replaces the rest of the group by tokens of another input.
    Splice(Index, Index, Index),
}

pub(super) fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let index = any::<Index>;
    let mutation = prop_oneof![
        index().prop_map(Mutation::Delete),
        index().prop_map(Mutation::Duplicate),
        (index(), index()).prop_map(|(one, other)| Mutation::Swap(one, other)),
        (index(), token()).prop_map(|(at, token)| Mutation::Insert(at, token)),
        (index(), token()).prop_map(|(at, token)| Mutation::Replace(at, token)),
        (index(), 0..4_usize, select(DELIMITERS))
            .prop_map(|(at, more, by)| Mutation::Wrap(at, more, by)),
        index().prop_map(Mutation::Truncate),
        (index(), index(), index()).prop_map(|(at, other, from)| Mutation::Splice(at, other, from)),
    ];
    prop_oneof![
        2 => Just(Vec::new()),
        3 => prop::collection::vec(mutation, 1..4),
    ]
}

/// Applies all changes. Splices take tokens from `corpus`.
pub(super) fn mutated(
    mut tokens: Vec<Token>,
    mutations: &[Mutation],
    corpus: &[Vec<Token>],
) -> Vec<Token> {
    for mutation in mutations {
        mutate(&mut tokens, mutation, corpus);
    }
    tokens
}

fn mutate(tokens: &mut Vec<Token>, mutation: &Mutation, corpus: &[Vec<Token>]) {
    match mutation {
        Mutation::Delete(at) => edit(tokens, *at, |row, at| drop(row.remove(at))),
        Mutation::Duplicate(at) => edit(tokens, *at, |row, at| row.insert(at, row[at].clone())),
        Mutation::Swap(one, other) => {
            let mut taken = None;
            edit(tokens, *other, |row, at| taken = Some(row[at].clone()));
            let Some(mut taken) = taken else { return };
            edit(tokens, *one, |row, at| swap(&mut row[at], &mut taken));
            edit(tokens, *other, |row, at| row[at] = taken);
        }
        Mutation::Insert(_, token) if tokens.is_empty() => tokens.push(token.clone()),
        Mutation::Insert(at, token) => edit(tokens, *at, |row, at| row.insert(at, token.clone())),
        Mutation::Replace(at, token) => edit(tokens, *at, |row, at| row[at] = token.clone()),
        Mutation::Wrap(at, more, delimiter) => edit(tokens, *at, |row, at| {
            let end = row.len().min(at + 1 + more);
            let inside = row.splice(at..end, []).collect();
            row.insert(at, Token::Group(*delimiter, inside));
        }),
        Mutation::Truncate(at) => edit(tokens, *at, Vec::truncate),
        Mutation::Splice(at, other, from) => {
            let mut other = other.get(corpus).clone();
            let mut rest = Vec::new();
            edit(&mut other, *from, |row, at| rest = row.split_off(at));
            edit(tokens, *at, |row, at| {
                row.truncate(at);
                row.append(&mut rest);
            });
        }
    }
}

/// Calls `change` with the sequence that holds token number `at`, and the token's index in it.
fn edit(tokens: &mut Vec<Token>, at: Index, change: impl FnOnce(&mut Vec<Token>, usize)) {
    let all = count(tokens);
    if all == 0 {
        return;
    }
    let mut before = at.index(all);
    let mut row = tokens;
    loop {
        let mut place = 0;
        while before >= size(&row[place]) {
            before -= size(&row[place]);
            place += 1;
        }
        if before == 0 {
            return change(row, place);
        }
        before -= 1;
        let Token::Group(_, inside) = &mut row[place] else { unreachable!("a leaf has size 1") };
        row = inside;
    }
}

fn count(tokens: &[Token]) -> usize {
    tokens.iter().map(size).sum()
}

fn size(token: &Token) -> usize {
    match token {
        Token::Group(_, inside) => 1 + count(inside),
        Token::Leaf(_) | Token::Joint(_) => 1,
    }
}
