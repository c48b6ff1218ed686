//! The annotated function. Its signature is parsed; its body is kept as tokens, so that the
//! compiler reports a half-written body.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, ReturnType, Signature, Token, Type, Visibility, token};

use crate::diagnostics::error;
use crate::item::shape::Shape;
use crate::item::twins;
use crate::tokens::brace_span;

pub(crate) struct Function {
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) visibility: Visibility,
    pub(crate) is_default: Option<Token![default]>,
    pub(crate) signature: Signature,
    pub(crate) shape: Shape,
    /// `#![...]` at the head of the body.
    pub(crate) inner_attributes: Vec<Attribute>,
    pub(crate) statements: TokenStream,
    /// The span for the braces around the emitted body.
    pub(crate) body_span: Span,
    /// True if the attribute is on the function's `impl` block.
    pub(crate) is_in_block: bool,
    /// The condition under which another of our attributes stands outside this one; `None` if none
    /// does.
    pub(crate) outer: Option<TokenStream>,
}

impl Function {
    /// Returns true for an `async fn`, and for a function that returns a future.
    pub(crate) fn is_async(&self) -> bool {
        !matches!(self.shape, Shape::Sync)
    }

    /// Returns true if the body makes a future, and is more than one `async` block. The body then
    /// runs when the function is called, and the future is guarded afterwards.
    pub(crate) fn makes_future(&self) -> bool {
        matches!(&self.shape, Shape::Future(future) if future.block.is_none())
    }

    /// The type of the output. For a future, the type that it resolves to.
    pub(crate) fn output(&self) -> Option<&Type> {
        match (&self.shape, &self.signature.output) {
            (Shape::Future(future), _) => Some(&future.output),
            (_, ReturnType::Type(_, ty)) => Some(ty),
            (_, ReturnType::Default) => None,
        }
    }
}

impl Parse for Function {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let attributes = input.call(Attribute::parse_outer)?;
        let visibility: Visibility = input.parse()?;
        let is_default = if input.peek(Token![default]) { Some(input.parse()?) } else { None };
        expect_function(input)?;
        let signature: Signature = input.parse()?;
        let body = parse_body(input)?;
        let body_span = brace_span(&body);
        let (inner_attributes, statements) =
            split_body.parse2(body.stream()).unwrap_or_else(|_| (Vec::new(), body.stream()));
        let shape = Shape::of(&signature, &statements);
        let outer = twins::outer(&attributes);
        Ok(Function {
            attributes,
            visibility,
            is_default,
            signature,
            shape,
            inner_attributes,
            statements,
            body_span,
            is_in_block: false,
            outer,
        })
    }
}

/// Parses the braces. A macro by example passes them in an invisible group.
fn parse_body(input: ParseStream<'_>) -> syn::Result<Group> {
    if input.peek(Token![;]) {
        let help = "put it on a function with a body: a default method, the method in the `impl`, or a function that calls it";
        let wrong = "a function without a body cannot be guarded";
        return Err(error(input.parse::<Token![;]>()?, wrong, help));
    }
    if !input.peek(token::Brace) {
        return Err(input.error("expected the function's body"));
    }
    let mut tree: TokenTree = input.parse()?;
    loop {
        let span = tree.span();
        let no_body = || syn::Error::new(span, "expected the function's body");
        match tree {
            TokenTree::Group(group) if group.delimiter() == Delimiter::None => {
                tree = syn::parse2(group.stream()).map_err(|_| no_body())?;
            }
            TokenTree::Group(group) => return Ok(group),
            _ => return Err(no_body()),
        }
    }
}

fn split_body(input: ParseStream<'_>) -> syn::Result<(Vec<Attribute>, TokenStream)> {
    Ok((input.call(Attribute::parse_inner)?, input.parse()?))
}

/// Tells a function from every other item by the words before it.
pub(crate) fn is_function(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    while !fork.is_empty() && !fork.peek(Token![fn]) {
        let qualifies = fork.peek(Token![const])
            || fork.peek(Token![async])
            || fork.peek(Token![unsafe])
            || fork.peek(Token![extern])
            || fork.peek(syn::LitStr);
        if !qualifies || fork.parse::<TokenTree>().is_err() {
            break;
        }
    }
    fork.peek(Token![fn])
}

fn expect_function(input: ParseStream<'_>) -> syn::Result<()> {
    if is_function(input) {
        return Ok(());
    }
    let wrong = "`#[circuit_breaker]` goes on a function with a body, or on an `impl` block";
    let has_methods =
        input.peek(Token![trait]) || input.peek(Token![unsafe]) && !input.peek2(Token![extern]);
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

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::*;

    #[test]
    fn invisible_group_without_a_body_is_reported_at_the_group() {
        let head: TokenStream = "fn call() -> Reply".parse().unwrap();
        let mut group = Group::new(Delimiter::None, TokenStream::new());
        group.set_span(head.clone().into_iter().last().unwrap().span());
        let Err(mistake) = syn::parse2::<Function>(quote!(#head #group { Ok(1) })) else {
            panic!("a body is expected where the group is");
        };
        assert_eq!(mistake.to_string(), "expected the function's body");
        assert_eq!(mistake.span().source_text().as_deref(), Some("Reply"));
    }
}
