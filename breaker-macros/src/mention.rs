//! Whether a piece of code uses a name.

use proc_macro2::{TokenStream, TokenTree};

/// Looks for the identifier, and for its capture in a format string: `"{name}"`.
/// Errs towards yes, which costs a clone and no more.
pub(crate) fn mentions(tokens: TokenStream, name: &str) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Literal(literal) => literal.to_string().contains(&format!("{{{name}")),
        TokenTree::Punct(_) => false,
    })
}
