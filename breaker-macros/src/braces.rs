//! Where braces stand that are emitted around the user's statements.

use proc_macro2::{Group, Span, TokenTree};
use syn::Block;
use syn::parse::Parser;

/// Where the braces around the emitted body stand: where the user's do. A body
/// that breaks off is parsed again, and fails again; at the closing brace, where
/// it failed the first time, the compiler tells no second error from the first.
pub(crate) fn brace_span(body: &Group) -> Span {
    let statements = body.stream();
    let breaks_off = match statements.clone().into_iter().last() {
        Some(TokenTree::Punct(last)) => !matches!(last.as_char(), ';' | '?' | '>'),
        Some(TokenTree::Ident(_)) => Block::parse_within.parse2(statements).is_err(),
        _ => false,
    };
    if breaks_off { body.span_close() } else { body.span() }
}
