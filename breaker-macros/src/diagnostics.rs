//! Mistakes, gathered so that all of them are reported at once.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ExprClosure;

#[derive(Default)]
pub(crate) struct Diagnostics(Option<syn::Error>);

impl Diagnostics {
    /// One mistake, one fact: what is wrong at these tokens, and what to write instead.
    pub(crate) fn report(&mut self, at: impl ToTokens, wrong: impl Display, help: impl Display) {
        self.add(error(at, wrong, help));
    }

    /// The same, at a place.
    pub(crate) fn report_at(&mut self, at: Span, wrong: impl Display, help: impl Display) {
        self.add(syn::Error::new(at, format_args!("{wrong}\nhelp: {help}")));
    }

    pub(crate) fn add(&mut self, error: syn::Error) {
        match &mut self.0 {
            Some(all) => all.combine(error),
            None => self.0 = Some(error),
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// The mistakes as `compile_error!`s, if there are any.
    pub(crate) fn into_tokens(self) -> Option<TokenStream> {
        self.0.map(syn::Error::into_compile_error)
    }
}

pub(crate) fn error(at: impl ToTokens, wrong: impl Display, help: impl Display) -> syn::Error {
    error_of(&at, &wrong, &help)
}

/// Compiled once: there are many kinds of all three.
fn error_of(at: &dyn ToTokens, wrong: &dyn Display, help: &dyn Display) -> syn::Error {
    syn::Error::new_spanned(at, format_args!("{wrong}\nhelp: {help}"))
}

/// `|a, b|`, to point at.
pub(crate) fn parameter_list(closure: &ExprClosure) -> TokenStream {
    let ExprClosure { inputs_begin, inputs, inputs_end, .. } = closure;
    quote!(#inputs_begin #inputs #inputs_end)
}

/// Code as the user would write it.
pub(crate) fn spell(tokens: &dyn ToTokens) -> String {
    let mut text = tokens.to_token_stream().to_string();
    for (spaced, tight) in [
        (" (", "("),
        ("( ", "("),
        (" )", ")"),
        ("& ", "&"),
        (" . ", "."),
        (" :: ", "::"),
        (":: ", "::"),
        (" ..= ", "..="),
        (" , ", ", "),
    ] {
        text = text.replace(spaced, tight);
    }
    match text.strip_prefix("- ") {
        Some(rest) => format!("-{rest}"),
        None => text,
    }
}
