//! Looks for an `await` in code that is kept as tokens.

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::Ident;

/// Macros of the standard library that expand to no `await` of their own.
const STD_MACROS: [&str; 24] = [
    "assert",
    "assert_eq",
    "assert_ne",
    "cfg",
    "column",
    "concat",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "env",
    "eprintln",
    "file",
    "format",
    "line",
    "matches",
    "module_path",
    "panic",
    "println",
    "stringify",
    "todo",
    "unreachable",
    "vec",
    "write",
];

/// Returns true if there is an `await`, or a macro, which may expand to one.
pub(crate) fn may_await(tokens: TokenStream) -> bool {
    let mut tokens = tokens.into_iter().peekable();
    while let Some(token) = tokens.next() {
        let awaits = match token {
            TokenTree::Ident(word) if word == "await" => true,
            TokenTree::Ident(word) => {
                let is_bang = |next: &TokenTree| {
                    matches!(next, TokenTree::Punct(punct)
                        if punct.as_char() == '!' && punct.spacing() == Spacing::Alone)
                };
                // A keyword names no macro: `if !flag`, `return !flag`.
                tokens.peek().is_some_and(is_bang)
                    && syn::parse_str::<Ident>(&word.to_string()).is_ok()
                    && !STD_MACROS.iter().any(|known| word == known)
            }
            TokenTree::Group(group) => may_await(group.stream()),
            _ => false,
        };
        if awaits {
            return true;
        }
    }
    false
}
