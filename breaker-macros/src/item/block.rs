//! An annotated `impl` block, with its methods and their attributes.
//!
//! The block is split by its tokens and not parsed as a whole: a half-written method is
//! left for the compiler to report.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream, Parser};
use syn::{Attribute, ImplItem, ItemImpl, Meta, ReturnType, Token, Type, Visibility};

use crate::args::Args;
use crate::diagnostics::{Diagnostics, error};
use crate::item::function::Function;
use crate::item::twins;
use crate::tokens::{mentions, parse_all};

pub(crate) struct ImplBlock {
    /// `#[...] impl<T> Trait for Type`
    pub(crate) head: TokenStream,
    /// The attributes in `head`.
    pub(crate) attributes: Vec<Attribute>,
    pub(crate) impl_token: Token![impl],
    /// `#![...]` at the head of the block.
    pub(crate) inner_attributes: Vec<Attribute>,
    pub(crate) members: Vec<Member>,
    pub(crate) braces: Span,
}

pub(crate) enum Member {
    Method(Box<Method>),
    /// A constant, a type, or a half-written item.
    Other(TokenStream),
}

pub(crate) struct Method {
    pub(crate) function: Function,
    pub(crate) attr: MethodAttr,
}

/// The attribute on a method of an annotated block.
pub(crate) enum MethodAttr {
    /// The method has no attribute of its own: the block's attribute applies.
    Absent,
    /// `#[circuit_breaker(skip)]`
    Skip,
    /// `#[circuit_breaker(...)]`: keys that override the block's.
    Own(Box<Args>),
}

impl Method {
    /// Returns true if the method is not guarded. A method whose return type is spelled `Self`
    /// cannot fail; it is guarded only if it has an attribute.
    pub(crate) fn is_skipped(&self) -> bool {
        match self.attr {
            MethodAttr::Skip => true,
            MethodAttr::Own(_) => false,
            MethodAttr::Absent => match &self.function.signature.output {
                ReturnType::Type(_, ty) => {
                    matches!(&**ty, Type::Path(path) if path.path.is_ident("Self"))
                }
                ReturnType::Default => false,
            },
        }
    }
}

/// Tells an `impl` block from every other item.
pub(crate) fn is_block(input: ParseStream<'_>) -> bool {
    let fork = input.fork();
    if fork.call(Attribute::parse_outer).is_err() {
        return false;
    }
    while !fork.is_empty() && !fork.peek(Token![impl]) {
        if !(fork.peek(Token![default]) || fork.peek(Token![unsafe])) {
            return false;
        }
        let _ = fork.parse::<TokenTree>();
    }
    !fork.is_empty()
}

impl ImplBlock {
    pub(crate) fn parse(item: TokenStream, diagnostics: &mut Diagnostics) -> syn::Result<Self> {
        let mut head: Vec<TokenTree> = item.into_iter().collect();
        let body = match head.pop() {
            Some(TokenTree::Group(body)) if body.delimiter() == Delimiter::Brace => body,
            other => {
                let at = other.map_or_else(Span::call_site, |token| token.span());
                return Err(syn::Error::new(at, "expected the block's methods in braces"));
            }
        };
        let head: TokenStream = head.into_iter().collect();
        let mut braces = Group::new(Delimiter::Brace, TokenStream::new());
        braces.set_span(body.span());
        let parsed: ItemImpl = parse_all(ItemImpl::parse, quote!(#head #braces))?;
        let outer = twins::outer(&parsed.attrs);
        let (inner_attributes, mut members) = parse_all(split, body.stream())?;
        for member in &mut members {
            match member {
                Member::Method(method) => {
                    method.function.is_in_block = true;
                    method.function.outer.clone_from(&outer);
                    method.attr = take_attr(&mut method.function.attributes, diagnostics);
                }
                Member::Other(tokens) => report_macro(tokens, diagnostics),
            }
        }
        Ok(ImplBlock {
            head,
            attributes: parsed.attrs,
            impl_token: parsed.impl_token,
            inner_attributes,
            members,
            braces: body.span(),
        })
    }

    pub(crate) fn methods(&self) -> impl Iterator<Item = &Method> {
        self.members.iter().filter_map(|member| match member {
            Member::Method(method) => Some(&**method),
            Member::Other(_) => None,
        })
    }
}

/// Reports a macro among the items. Methods in its expansion would not be guarded.
fn report_macro(tokens: &TokenStream, diagnostics: &mut Diagnostics) {
    if let Ok(ImplItem::Macro(call)) = syn::parse2(tokens.clone()) {
        let wrong = "methods that a macro makes would not be guarded";
        let help = "put it into an `impl` block of its own";
        diagnostics.report(&call.mac.path, wrong, help);
    }
}

fn split(input: ParseStream<'_>) -> syn::Result<(Vec<Attribute>, Vec<Member>)> {
    let inner = input.call(Attribute::parse_inner)?;
    let mut members = Vec::new();
    while !input.is_empty() {
        match parse_handed_over(input) {
            Some(items) => members.extend(split.parse2(items)?.1),
            None => members.push(parse_member(input)?),
        }
    }
    Ok((inner, members))
}

/// Unwraps items that a macro by example passes in an invisible group.
fn parse_handed_over(input: ParseStream<'_>) -> Option<TokenStream> {
    let fork = input.fork();
    let Ok(TokenTree::Group(group)) = fork.parse() else { return None };
    let ends_an_item = match group.stream().into_iter().last()? {
        TokenTree::Punct(last) => last.as_char() == ';',
        TokenTree::Group(last) => is_body(&last),
        _ => false,
    };
    let is_item = group.delimiter() == Delimiter::None && ends_an_item;
    is_item.then(|| {
        let _ = input.parse::<TokenTree>();
        group.stream()
    })
}

/// Parses one item, as a method if it is a function.
fn parse_member(input: ParseStream<'_>) -> syn::Result<Member> {
    let fork = input.fork();
    let is_function = fork.call(Attribute::parse_outer).is_ok()
        && fork.parse::<Visibility>().is_ok()
        && (!fork.peek(Token![default]) || fork.parse::<Token![default]>().is_ok())
        && crate::item::function::is_function(&fork);
    if is_function && input.fork().parse::<Function>().is_ok() {
        let method = Method { function: input.parse()?, attr: MethodAttr::Absent };
        return Ok(Member::Method(Box::new(method)));
    }
    let tokens = parse_other(input)?;
    if is_function && !tokens.is_empty() {
        // `Function::parse` words the mistakes that it knows. The compiler reports all others.
        parse_all(Function::parse, tokens.clone())?;
    }
    Ok(Member::Other(tokens))
}

/// Reads the tokens of one item, up to its braces or its semicolon. Drops an item that breaks off
/// before them: the compiler has reported it, and would report it again.
fn parse_other(input: ParseStream<'_>) -> syn::Result<TokenStream> {
    let head = input.fork();
    head.call(Attribute::parse_outer)?;
    head.parse::<syn::Visibility>()?;
    let is_constant = head.peek(Token![const]) && !crate::item::function::is_function(&head);
    let ends_in_semicolon = is_constant || head.peek(Token![type]);
    let mut member = TokenStream::new();
    while !input.is_empty() {
        let token: TokenTree = input.parse()?;
        let ends = match &token {
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Group(group) => !ends_in_semicolon && is_body(group),
            _ => false,
        };
        member.extend([token]);
        if ends {
            return Ok(member);
        }
    }
    Ok(TokenStream::new())
}

/// Tells braces from other groups. A macro by example passes them in an invisible group.
fn is_body(group: &Group) -> bool {
    match group.delimiter() {
        Delimiter::Brace => true,
        Delimiter::None => {
            let mut inside = group.stream().into_iter();
            let first = inside.next();
            inside.next().is_none()
                && matches!(first, Some(TokenTree::Group(group)) if is_body(&group))
        }
        _ => false,
    }
}

/// Removes our attribute from a method, since the block's attribute expands it.
fn take_attr(attributes: &mut Vec<Attribute>, diagnostics: &mut Diagnostics) -> MethodAttr {
    let mut attr = MethodAttr::Absent;
    attributes.retain(|attribute| {
        if attribute.path().is_ident("cfg_attr")
            && mentions(attribute.meta.to_token_stream(), "circuit_breaker")
        {
            let wrong =
                "`cfg_attr` is not yet decided where the attribute stands on the `impl` block";
            let help = "put `#[cfg]` on two versions of the method";
            diagnostics.report(attribute.path(), wrong, help);
            return false;
        }
        let Some(last) = attribute.path().segments.last() else { return true };
        if last.ident != "circuit_breaker" {
            return true;
        }
        if matches!(attr, MethodAttr::Absent) {
            attr = read_attr(attribute, diagnostics);
        } else {
            let wrong = "a method of an annotated `impl` block takes one attribute of its own";
            diagnostics.report(&last.ident, wrong, "keep one of the two");
        }
        false
    });
    attr
}

fn read_attr(attribute: &Attribute, diagnostics: &mut Diagnostics) -> MethodAttr {
    let tokens = match &attribute.meta {
        Meta::Path(_) => TokenStream::new(),
        Meta::List(list) => list.tokens.clone(),
        Meta::NameValue(pair) => {
            let wrong = "expected arguments in parentheses";
            let help = "write `#[circuit_breaker(name = \"llm\")]`";
            diagnostics.add(error(pair.eq_token, wrong, help));
            TokenStream::new()
        }
    };
    if matches!(tokens.to_string().as_str(), "skip" | "skip ,") {
        return MethodAttr::Skip;
    }
    MethodAttr::Own(Box::new(Args::parse(tokens, diagnostics)))
}
