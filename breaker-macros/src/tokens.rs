//! Operations on token streams that several phases share.

use proc_macro2::{Delimiter, Group, Ident, Span, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Block, parenthesized};

/// Parses all of the tokens. If they end too soon, the error is at the last of them:
/// a parser called on the tokens alone would put it at the whole attribute.
pub(crate) fn parse_all<T>(
    parser: impl FnOnce(ParseStream<'_>) -> syn::Result<T>,
    tokens: TokenStream,
) -> syn::Result<T> {
    let inside = |input: ParseStream<'_>| {
        let content;
        parenthesized!(content in input);
        parser(&content)
    };
    inside.parse2(enclosed(tokens))
}

/// Puts the tokens in parentheses that stand where the last token does. The parser
/// reports an early end at the closing parenthesis.
fn enclosed(tokens: TokenStream) -> TokenStream {
    let last = tokens.clone().into_iter().last();
    let mut group = Group::new(Delimiter::Parenthesis, tokens);
    if let Some(last) = last {
        group.set_span(last.span());
    }
    TokenTree::Group(group).into()
}

/// Looks for an identifier, and for its capture in a format string: `"{name}"`. A
/// false positive costs a clone; a false negative would not compile.
pub(crate) fn mentions(tokens: TokenStream, name: &str) -> bool {
    // A format string captures `r#type` by `{type}`.
    let captured = format!("{{{}", name.strip_prefix("r#").unwrap_or(name));
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(group.stream(), name),
        TokenTree::Literal(literal) => literal.to_string().contains(&captured),
        TokenTree::Punct(_) => false,
    })
}

/// Tells the name of a constant from that of a binding or a function by its spelling. A
/// single capital may be either.
pub(crate) fn is_constant_name(name: &Ident) -> bool {
    let name = name.to_string();
    name.len() > 1 && !name.contains(|c: char| c.is_lowercase())
}

/// The span for the braces around an emitted body: that of the user's braces. The
/// compiler parses a body that breaks off a second time, and fails again. Reported at
/// the closing brace, like the first failure, the second one is taken for a duplicate.
pub(crate) fn brace_span(body: &Group) -> Span {
    let statements = body.stream();
    let breaks_off = match statements.clone().into_iter().last() {
        Some(TokenTree::Punct(last)) => !matches!(last.as_char(), ';' | '?' | '>'),
        Some(TokenTree::Ident(_)) => Block::parse_within.parse2(statements).is_err(),
        _ => false,
    };
    if breaks_off { body.span_close() } else { body.span() }
}
