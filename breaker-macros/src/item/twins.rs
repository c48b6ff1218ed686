//! Our other attributes on the function, or on its block.
//!
//! The compiler expands the upper attribute first. The lower attribute is the outer breaker; its
//! body is the expansion of the upper one.

use proc_macro2::TokenStream;
use quote::quote;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

use crate::tokens::{mentions, parse_all};

/// Returns the condition under which another attribute stands below, as an expression: `true`, or
/// the conditions of its `cfg_attr`. Returns `None` if there is none.
pub(crate) fn outer(attributes: &[Attribute]) -> Option<TokenStream> {
    let mut conditions = Vec::new();
    for attribute in attributes {
        match condition(&attribute.meta) {
            Some(None) => return Some(quote!(true)),
            Some(Some(condition)) => conditions.push(condition),
            None => {}
        }
    }
    (!conditions.is_empty()).then(|| quote!(::core::cfg!(any(#(#conditions),*))))
}

/// Returns the condition under which the attribute is ours; `None` if it never is.
#[allow(clippy::option_option, reason = "ours without a condition, under one, or not ours")]
fn condition(attribute: &Meta) -> Option<Option<TokenStream>> {
    let last = attribute.path().segments.last()?;
    if last.ident == "circuit_breaker" {
        return Some(None);
    }
    let Meta::List(nested) = attribute else { return None };
    if last.ident != "cfg_attr" || !mentions(nested.tokens.clone(), "circuit_breaker") {
        return None;
    }
    let parts = parse_all(Punctuated::<Meta, Token![,]>::parse_terminated, nested.tokens.clone());
    let mut parts = parts.ok()?.into_iter();
    let when = parts.next()?;
    match parts.find_map(|part| condition(&part))? {
        None => Some(Some(quote!(#when))),
        Some(inner) => Some(Some(quote!(all(#when, #inner)))),
    }
}

/// Returns true if the body is the expansion of an attribute that knows of an outer one.
pub(crate) fn has_inner(statements: &TokenStream) -> bool {
    mentions(statements.clone(), "__private") && mentions(statements.clone(), "turn_away")
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::*;

    fn outer_of(attribute: Attribute) -> Option<String> {
        outer(&[attribute]).map(|outer| outer.to_string().replace(' ', ""))
    }

    #[test]
    fn attribute_below_is_found_in_every_spelling() {
        let is_always = Some("true".to_owned());
        assert_eq!(outer_of(parse_quote!(#[circuit_breaker])), is_always);
        assert_eq!(outer_of(parse_quote!(#[breakerbox::circuit_breaker(name = "a")])), is_always);
        let found = outer_of(parse_quote!(#[cfg_attr(feature = "b", circuit_breaker(name = "a"))]));
        assert_eq!(found.as_deref(), Some("::core::cfg!(any(feature=\"b\"))"));
        let found = outer_of(parse_quote!(#[cfg_attr(a, inline, cfg_attr(b, circuit_breaker))]));
        assert_eq!(found.as_deref(), Some("::core::cfg!(any(all(a,b)))"));
    }

    #[test]
    fn other_attributes_are_not_ours() {
        assert_eq!(outer_of(parse_quote!(#[inline])), None);
        assert_eq!(outer_of(parse_quote!(#[doc = "circuit_breaker"])), None);
        assert_eq!(outer_of(parse_quote!(#[cfg_attr(docsrs, doc(cfg(all())))])), None);
    }
}
