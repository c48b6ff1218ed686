//! The spans of emitted tokens: hygiene from the macro, position from the user's code.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;

/// `quote!` with names that the user's code can neither reach nor shadow.
macro_rules! hygienic {
    ($($tokens:tt)*) => { ::quote::quote_spanned!(::proc_macro2::Span::mixed_site()=> $($tokens)*) };
}

/// Like `hygienic!`, but errors are reported at a span of the user's code.
macro_rules! hygienic_at {
    ($span:expr => $($tokens:tt)*) => {{
        let span = ::proc_macro2::Span::mixed_site().located_at($span);
        ::quote::quote_spanned!(span=> $($tokens)*)
    }};
}

/// The range of the user's code at which an error about emitted tokens is reported, from
/// the span of its first token to that of its last one.
#[derive(Clone, Copy)]
pub(super) struct SpanRange {
    pub(super) start: Span,
    pub(super) end: Span,
}

impl SpanRange {
    pub(super) fn at(span: Span) -> Self {
        let span = Span::mixed_site().located_at(span);
        SpanRange { start: span, end: span }
    }

    pub(super) fn of(tokens: &dyn ToTokens) -> Self {
        let mut tokens = tokens.to_token_stream().into_iter();
        let first = tokens.next();
        let last = tokens.last().or_else(|| first.clone());
        let located = |token: Option<TokenTree>| match token {
            Some(token) => Span::mixed_site().located_at(token.span()),
            None => Span::mixed_site(),
        };
        SpanRange { start: located(first), end: located(last) }
    }

    /// Moves the first token to the start of the range (both tokens of a `::`), and the last token
    /// to its end. If the last token is the argument list of a call, the last segment of the path
    /// is moved as well. The compiler underlines an error from the first token to the last one. The
    /// tokens between may be the user's, and keep their spans.
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
