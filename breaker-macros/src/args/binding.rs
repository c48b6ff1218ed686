//! Bindings in a pattern without a guard: no code can read them.
//!
//! `ignore = Err(is_4xx)` looks like a call of a function, but ignores every error.

use quote::quote;
use syn::ext::IdentExt;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, Member, Pat, PatIdent, Token, parse_quote};

use super::arm::is_capital;
use crate::diagnostics::{error, joined, spell};

/// Refuses each binding by a name that does not begin with an underscore.
pub(super) fn check(pattern: &Pat) -> syn::Result<()> {
    let mut bindings: Vec<PatIdent> = Vec::new();
    replace(&mut pattern.clone(), &mut |named| {
        // Alternatives bind the same names.
        if is_unread(named) && !bindings.iter().any(|other| other.ident == named.ident) {
            bindings.push(named.clone());
        }
        None
    });
    joined(bindings.iter().map(|named| unread(named, pattern))).map_or(Ok(()), Err)
}

/// Recognises a binding. A name that begins with a capital is a constant or a unit variant.
fn is_unread(named: &PatIdent) -> bool {
    !named.ident.unraw().to_string().starts_with('_') && !is_capital(&named.ident)
}

/// The error for a binding. Its help shows the pattern without bindings, or with this binding and a
/// guard that reads it.
fn unread(named: &PatIdent, pattern: &Pat) -> syn::Error {
    let name = &named.ident;
    let is_part = named.subpat.is_some();
    let what = if is_part { "what matches" } else { "any value" };
    let wrong = format!("`{name}` binds {what} here, and nothing reads it");
    let plain = spell(&with_one(pattern, None));
    let help = if is_function(name) && !is_part {
        let argument = Ident::new("e", name.span());
        let asked = spell(&with_one(pattern, Some((name, &argument))));
        format!("write `{plain}`, or `|output| matches!(output, {asked} if {name}(e))`")
    } else {
        let read = spell(&with_one(pattern, Some((name, name))));
        format!("write `{plain}`, or add a guard that reads it: `{read} if ...`")
    };
    error(name, wrong, help)
}

/// Recognises a name that is a predicate's rather than a value's.
fn is_function(name: &Ident) -> bool {
    let name = name.unraw().to_string();
    let verbs = ["is_", "has_", "can_", "was_", "should_", "not_"];
    verbs.iter().any(|verb| name.starts_with(verb))
}

/// Returns the pattern without its bindings. The binding `kept`, if given, stays and gets a new
/// name.
fn with_one(pattern: &Pat, kept: Option<(&Ident, &Ident)>) -> Pat {
    let mut pattern = pattern.clone();
    replace(&mut pattern, &mut |named| match (kept, &named.subpat) {
        _ if !is_unread(named) => None,
        (Some((name, new)), _) if *name == named.ident => {
            Some(Pat::Ident(PatIdent { ident: new.clone(), ..named.clone() }))
        }
        (_, Some((_, inner))) => Some(Pat::clone(inner)),
        (_, None) => Some(parse_quote!(_)),
    });
    pattern
}

/// Replaces each name in the pattern by the pattern that `put` returns for it.
fn replace(pattern: &mut Pat, put: &mut dyn FnMut(&PatIdent) -> Option<Pat>) {
    match pattern {
        Pat::Ident(named) => {
            if let Some(other) = put(named) {
                *pattern = other;
            }
            match pattern {
                Pat::Ident(named) => {
                    if let Some((_, inner)) = &mut named.subpat {
                        replace(inner, put);
                    }
                }
                other => replace(other, put),
            }
        }
        Pat::Or(or) => or.cases.iter_mut().for_each(|case| replace(case, put)),
        Pat::Paren(paren) => replace(&mut paren.pat, put),
        Pat::Reference(reference) => replace(&mut reference.pat, put),
        Pat::Slice(slice) => slice.elems.iter_mut().for_each(|part| replace(part, put)),
        Pat::Tuple(tuple) => tuple.elems.iter_mut().for_each(|part| replace(part, put)),
        Pat::TupleStruct(tuple) => tuple.elems.iter_mut().for_each(|part| replace(part, put)),
        Pat::Struct(fields) => {
            for field in &mut fields.fields {
                replace(&mut field.pat, put);
                // A field alone, `Error { code }`, has the name of its binding.
                let is_alone = matches!(&*field.pat, Pat::Ident(named)
                    if matches!(&field.member, Member::Named(name) if *name == named.ident));
                if !is_alone {
                    field.colon_token.get_or_insert_default();
                }
            }
        }
        Pat::Verbatim(tokens) => {
            // The parser keeps `box PATTERN` as tokens.
            let inner = |input: ParseStream<'_>| {
                input.parse::<Token![box]>()?;
                Pat::parse_single(input)
            };
            if let Ok(mut boxed) = inner.parse2(tokens.clone()) {
                replace(&mut boxed, put);
                *pattern = Pat::Verbatim(quote!(box #boxed));
            }
        }
        _ => {}
    }
}
