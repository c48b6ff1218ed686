//! The patterns of parameters: their variables, and the equal expressions.

use proc_macro2::{Delimiter, Group, Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ext::IdentExt;
use syn::{Ident, Pat};

/// Returns the variables that a pattern binds by value; `None` if it binds one by `ref`, or as
/// `mut`.
pub(crate) fn bindings(pattern: &Pat) -> Option<Vec<Ident>> {
    let mut names = Vec::new();
    collect(pattern, &mut names)?;
    Some(names)
}

fn collect(pattern: &Pat, found: &mut Vec<Ident>) -> Option<()> {
    let mut all = |patterns: &mut dyn Iterator<Item = &Pat>| {
        patterns.map(|pattern| collect(pattern, found)).collect()
    };
    match pattern {
        Pat::Ident(named) => {
            if named.by_ref.is_some() || named.mutability.is_some() {
                return None;
            }
            if !is_path(&named.ident) {
                found.push(named.ident.clone());
            }
            named.subpat.as_ref().map_or(Some(()), |(_, inner)| collect(inner, found))
        }
        Pat::Paren(paren) => collect(&paren.pat, found),
        Pat::Reference(reference) => collect(&reference.pat, found),
        Pat::Or(or) => collect(or.cases.first()?, found),
        Pat::Slice(slice) => all(&mut slice.elems.iter()),
        Pat::Tuple(tuple) => all(&mut tuple.elems.iter()),
        Pat::TupleStruct(tuple) => all(&mut tuple.elems.iter()),
        Pat::Struct(fields) => all(&mut fields.fields.iter().map(|field| &*field.pat)),
        Pat::Wild(_) | Pat::Rest(_) | Pat::Path(_) | Pat::Lit(_) | Pat::Range(_) => Some(()),
        _ => None,
    }
}

/// Returns the expression that builds the value which the pattern destructures. Returns `None` if
/// the pattern leaves out a part of the value, or borrows it.
/// ```text
/// Path(id): Path<u32>      Path(id)
/// (a, P { x, y })          (a, P { x, y })
/// ```
pub(crate) fn as_expression(pattern: &Pat) -> Option<TokenStream> {
    let all = |patterns: &mut dyn Iterator<Item = &Pat>| {
        patterns.map(as_expression).collect::<Option<Vec<_>>>()
    };
    match pattern {
        Pat::Ident(named) if named.subpat.is_none() => Some(named.ident.to_token_stream()),
        Pat::Path(path) => Some(path.to_token_stream()),
        Pat::Paren(paren) => as_expression(&paren.pat),
        Pat::Tuple(tuple) => {
            let parts = all(&mut tuple.elems.iter())?;
            Some(group(Delimiter::Parenthesis, quote!(#(#parts,)*)))
        }
        Pat::Slice(slice) => {
            let parts = all(&mut slice.elems.iter())?;
            Some(group(Delimiter::Bracket, quote!(#(#parts),*)))
        }
        Pat::TupleStruct(tuple) if tuple.qself.is_none() => {
            let (path, parts) = (&tuple.path, all(&mut tuple.elems.iter())?);
            let parts = group(Delimiter::Parenthesis, quote!(#(#parts),*));
            Some(quote!(#path #parts))
        }
        Pat::Struct(given) if given.qself.is_none() && given.rest.is_none() => {
            let parts = given.fields.iter().map(|field| {
                let (part, member) = (as_expression(&field.pat)?, &field.member);
                Some(if field.colon_token.is_some() { quote!(#member: #part) } else { part })
            });
            let (path, parts) = (&given.path, parts.collect::<Option<Vec<_>>>()?);
            let parts = group(Delimiter::Brace, quote!(#(#parts),*));
            Some(quote!(#path #parts))
        }
        _ => None,
    }
}

/// Brackets with the hygiene of the macro, which lints skip.
fn group(delimiter: Delimiter, content: TokenStream) -> TokenStream {
    let mut group = Group::new(delimiter, content);
    group.set_span(Span::mixed_site());
    group.to_token_stream()
}

/// Recognises a unit struct or a constant by its spelling; any other name is a variable.
fn is_path(name: &Ident) -> bool {
    name.unraw().to_string().trim_start_matches('_').starts_with(char::is_uppercase)
}

#[cfg(test)]
mod tests {
    use syn::parse::Parser;

    use super::*;

    fn parsed(pattern: &str) -> Pat {
        Pat::parse_multi.parse_str(pattern).unwrap()
    }

    #[test]
    fn pattern_without_gaps_is_an_expression() {
        for (pattern, expression) in [
            ("x", "x"),
            ("_x", "_x"),
            ("(a, b)", "(a , b ,)"),
            ("(a,)", "(a ,)"),
            ("()", "()"),
            ("((a))", "a"),
            ("[a, b]", "[a , b]"),
            ("Path(id)", "Path (id)"),
            ("axum::Path((a, r#type))", "axum :: Path ((a , r#type ,))"),
            ("P { x, y: Some(z) }", "P { x , y : Some (z) }"),
            ("Unit", "Unit"),
        ] {
            assert_eq!(as_expression(&parsed(pattern)).unwrap().to_string(), expression);
        }
        for pattern in ["_", "(a, _)", "(a, ..)", "P { x, .. }", "x @ 0..", "&x", "[a, ..]", "1"] {
            assert!(as_expression(&parsed(pattern)).is_none(), "{pattern}");
        }
    }

    #[test]
    fn variables_are_those_that_are_bound_by_value() {
        let names = |pattern: &str| {
            let names = bindings(&parsed(pattern));
            names.map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "))
        };
        assert_eq!(names("(a, P { b, c: [d, .., _], .. }, Unit, _, &e)").unwrap(), "a b d e");
        assert_eq!(names("all @ (a | a)").unwrap(), "all a");
        for pattern in ["mut x", "(a, mut b)", "ref x", "P { ref x }", "Some(ref mut x)"] {
            assert_eq!(names(pattern), None, "{pattern}");
        }
    }
}
