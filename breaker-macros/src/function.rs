//! The annotated function: its signature parsed, its body kept as tokens, so
//! that a half-written body is the compiler's to judge and not ours.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Signature, Token, Visibility, token};

use crate::diagnostics::{Diagnostics, error};

pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) is_default: Option<Token![default]>,
    pub(crate) signature: Signature,
    /// `#![...]` at the head of the body.
    pub(crate) inner_attributes: Vec<Attribute>,
    pub(crate) statements: TokenStream,
    /// For the braces around the body.
    pub(crate) body_span: Span,
}

impl Function {
    pub(crate) fn parse(item: TokenStream, diagnostics: &mut Diagnostics) -> Option<Self> {
        let parse = |input: ParseStream<'_>| {
            let parsed = parse_function(input);
            if parsed.is_err() {
                // Said once; what follows is not looked at.
                let _ = input.parse::<TokenStream>();
            }
            parsed
        };
        match parse.parse2(item) {
            Ok(function) => Some(function),
            Err(mistake) => {
                diagnostics.add(mistake);
                None
            }
        }
    }
}

fn parse_function(input: ParseStream<'_>) -> syn::Result<Function> {
    let attributes = input.call(Attribute::parse_outer)?;
    let visibility: Visibility = input.parse()?;
    let is_default = if input.peek(Token![default]) { Some(input.parse()?) } else { None };
    expect_function(input)?;
    let signature: Signature = input.parse()?;
    if input.peek(Token![;]) {
        let help = "put it on a function with a body: the default method or the `impl`";
        return Err(error(
            input.parse::<Token![;]>()?,
            "a function without a body cannot be guarded",
            help,
        ));
    }
    if !input.peek(token::Brace) {
        return Err(input.error("expected the function's body"));
    }
    let body = parse_body(input)?;
    let body_span = brace_span(&body);
    let (inner_attributes, statements) =
        split_body.parse2(body.stream()).unwrap_or_else(|_| (Vec::new(), body.stream()));
    Ok(Function {
        attributes,
        visibility,
        is_default,
        signature,
        inner_attributes,
        statements,
        body_span,
    })
}

/// The braces; a macro by example hands them over in an invisible group.
fn parse_body(input: ParseStream<'_>) -> syn::Result<Group> {
    let mut tree: TokenTree = input.parse()?;
    loop {
        match tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                tree = syn::parse2(group.stream())?;
            }
            TokenTree::Group(group) => return Ok(group),
            other => return Err(syn::Error::new(other.span(), "expected the function's body")),
        }
    }
}

fn split_body(input: ParseStream<'_>) -> syn::Result<(Vec<Attribute>, TokenStream)> {
    Ok((input.call(Attribute::parse_inner)?, input.parse()?))
}

/// Where the braces around the emitted body stand: where the user's do. A body
/// that breaks off is parsed again, and fails again; at the closing brace, where
/// it failed the first time, the compiler tells no second error from the first.
fn brace_span(body: &Group) -> Span {
    let breaks_off = match body.stream().into_iter().last() {
        Some(TokenTree::Punct(last)) => !matches!(last.as_char(), ';' | '?' | '>'),
        _ => false,
    };
    if breaks_off { body.span_close() } else { body.span() }
}

/// Tells a function from every other item by the words before it.
fn expect_function(input: ParseStream<'_>) -> syn::Result<()> {
    let fork = input.fork();
    while !fork.is_empty() && !fork.peek(Token![fn]) {
        let qualifies = fork.peek(Token![const])
            || fork.peek(Token![async])
            || fork.peek(Token![unsafe])
            || fork.peek(Token![extern])
            || fork.peek(syn::LitStr);
        if !qualifies {
            break;
        }
        fork.parse::<TokenTree>()?;
    }
    if fork.peek(Token![fn]) {
        return Ok(());
    }
    let wrong = "`#[circuit_breaker]` goes on a function with a body";
    let has_methods = input.peek(Token![impl])
        || input.peek(Token![trait])
        || input.peek(Token![unsafe]) && !input.peek2(Token![extern]);
    let help = if has_methods {
        "put it on each method that makes a call: `#[circuit_breaker(name = \"llm\")] fn ...`"
    } else {
        "put it on the function that makes the call: `#[circuit_breaker(name = \"llm\")] fn ...`"
    };
    match input.fork().parse::<TokenTree>() {
        Ok(found) => Err(error(found, wrong, help)),
        Err(_) => Err(input.error(format_args!("{wrong}\nhelp: {help}"))),
    }
}
