//! Gathers mistakes, so that all of them are reported at once.

use std::fmt::Display;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::ExprClosure;

#[derive(Default)]
pub(crate) struct Diagnostics(Option<syn::Error>);

impl Diagnostics {
    /// Adds a mistake: one fact that is wrong at these tokens, and a text to write instead.
    pub(crate) fn report(&mut self, at: impl ToTokens, wrong: impl Display, help: impl Display) {
        self.add(error(at, wrong, help));
    }

    /// Like [`report`](Self::report), for a span without tokens.
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

    /// Returns the mistakes as one error; `None` if there are none.
    pub(crate) fn into_error(self) -> Option<syn::Error> {
        self.0
    }

    /// Returns the mistakes as `compile_error!`s; `None` if there are none.
    pub(crate) fn into_tokens(self) -> Option<TokenStream> {
        self.0.map(syn::Error::into_compile_error)
    }
}

pub(crate) fn error(at: impl ToTokens, wrong: impl Display, help: impl Display) -> syn::Error {
    spanned_error(&at, &wrong, &help)
}

/// Joins several mistakes into one error, which reports each of them.
pub(crate) fn joined(mistakes: impl IntoIterator<Item = syn::Error>) -> Option<syn::Error> {
    mistakes.into_iter().reduce(|mut all, mistake| {
        all.combine(mistake);
        all
    })
}

/// Takes trait objects, so that it is compiled once and not for each kind of tokens and text.
fn spanned_error(at: &dyn ToTokens, wrong: &dyn Display, help: &dyn Display) -> syn::Error {
    syn::Error::new_spanned(at, format_args!("{wrong}\nhelp: {help}"))
}

/// Returns the tokens `|a, b|` of a closure, for an error to point at.
pub(crate) fn parameter_list(closure: &ExprClosure) -> TokenStream {
    let ExprClosure { inputs_begin, inputs, inputs_end, .. } = closure;
    quote!(#inputs_begin #inputs #inputs_end)
}

/// Spells code as the user would write it.
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
        (" : ", ": "),
    ] {
        text = text.replace(spaced, tight);
    }
    match text.strip_prefix("- ") {
        Some(rest) => format!("-{rest}"),
        None => text,
    }
}
