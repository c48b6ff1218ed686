//! Where an error is reported in the user's code.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;

/// Where an error is reported in the user's code, in tokens of ours.
#[derive(Clone, Copy)]
pub(super) struct SpanRange {
    pub(super) start: Span,
    pub(super) end: Span,
}

impl SpanRange {
    pub(super) fn at(span: Span) -> Self {
        let ours = Span::mixed_site().located_at(span);
        SpanRange { start: ours, end: ours }
    }

    pub(super) fn of(tokens: &dyn ToTokens) -> Self {
        let mut tokens = tokens.to_token_stream().into_iter();
        let first = tokens.next();
        let last = tokens.last().or_else(|| first.clone());
        let ours = |token: Option<TokenTree>| match token {
            Some(token) => Span::mixed_site().located_at(token.span()),
            None => Span::mixed_site(),
        };
        SpanRange { start: ours(first), end: ours(last) }
    }

    /// Moves the first token to the start of the place (all of it, if it is
    /// `::`), and the last to the end, in a call with the end of its path. An
    /// error about the whole is shown from the one to the other; those between
    /// may be the user's, and stay.
    pub(super) fn respan(self, tokens: TokenStream) -> TokenStream {
        let mut tokens: Vec<_> = tokens.into_iter().collect();
        let is_punct = |token: &TokenTree| matches!(token, TokenTree::Punct(_));
        let is_group = |token: &TokenTree| matches!(token, TokenTree::Group(_));
        let leading = tokens.iter().take_while(|token| is_punct(token)).count().max(1);
        let trailing = tokens.iter().rev().take_while(|token| is_group(token)).count() + 1;
        for token in tokens.iter_mut().rev().take(trailing) {
            token.set_span(token.span().located_at(self.end));
        }
        for token in tokens.iter_mut().take(leading) {
            token.set_span(token.span().located_at(self.start));
        }
        tokens.into_iter().collect()
    }
}
