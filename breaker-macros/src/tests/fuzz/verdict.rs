//! The verdict on an expansion.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::quote;

use super::token::lex;
use crate::tokens::mentions;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// The text cannot be lexed, so the compiler would not call the macro.
    NoTokens,
    /// A mistake is reported at a span of the input.
    Refused,
    Guarded,
}

pub(super) fn of(args: &str, item: &str) -> Result<Verdict, String> {
    // The source map keeps the texts of earlier cases, and is searched for every span.
    proc_macro2::extra::invalidate_current_thread_spans();
    let (Some(args), Some(item)) = (lex(args), lex(item)) else { return Ok(Verdict::NoTokens) };
    if item.is_empty() {
        return Ok(Verdict::NoTokens);
    }
    let expansion = crate::expand(args, item.clone());
    let mut mistakes = 0_u32;
    check_places(&expansion, &mut mistakes)?;
    if mistakes > 0 {
        return check_kept(&expansion, item).map(|()| Verdict::Refused);
    }
    check_syntax(&expansion, &item)?;
    Ok(Verdict::Guarded)
}

/// Checks that each `::core::compile_error! { ... }` has a span of the input.
fn check_places(expansion: &TokenStream, mistakes: &mut u32) -> Result<(), String> {
    let tokens: Vec<TokenTree> = expansion.clone().into_iter().collect();
    for (index, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => check_places(&group.stream(), mistakes)?,
            TokenTree::Ident(word) if word == "compile_error" => {
                *mistakes += 1;
                let rest = tokens[index..].iter().take(3);
                if let Some(lost) = rest.clone().find(|token| !is_placed(token.span())) {
                    let said: TokenStream = rest.cloned().collect();
                    return Err(format!("`{lost}` has no place in the input: {said}"));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Returns true for the span of a text, and false for the span of the whole call.
fn is_placed(span: Span) -> bool {
    span.file().starts_with("<parsed string")
}

/// Checks that a refused item is emitted unchanged, so that it leads to no second mistake. (A block
/// loses the attributes of its methods.)
fn check_kept(expansion: &TokenStream, item: TokenStream) -> Result<(), String> {
    let text = expansion.to_string();
    if text.ends_with(&item.to_string()) || mentions(item, "impl") {
        return Ok(());
    }
    Err(format!("an item that is not kept: {text}"))
}

/// Checks that the expansion parses. If the item did not, checks that the expansion can be lexed.
fn check_syntax(expansion: &TokenStream, item: &TokenStream) -> Result<(), String> {
    if is_file(expansion) {
        return Ok(());
    }
    let is_broken = is_file(item) || is_method(item) && !is_method(expansion);
    let text = expansion.to_string();
    if is_broken || text.parse::<TokenStream>().is_err() {
        return Err(format!("an expansion that cannot be parsed: {text}"));
    }
    Ok(())
}

fn is_file(tokens: &TokenStream) -> bool {
    syn::parse2::<syn::File>(tokens.clone()).is_ok()
}

fn is_method(tokens: &TokenStream) -> bool {
    syn::parse2::<syn::ItemImpl>(quote!(impl Client { #tokens })).is_ok()
}
