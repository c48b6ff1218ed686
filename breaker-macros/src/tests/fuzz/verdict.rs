//! What the macro makes of an input, judged.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::quote;

use super::token::lex;
use crate::tokens::mentions;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// No compiler would hand it over.
    NoTokens,
    /// Said to be wrong, at a place in the input.
    Refused,
    Guarded,
}

pub(super) fn of(args: &str, item: &str) -> Result<Verdict, String> {
    // The texts of the cases before take memory, and time to look through.
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

/// Each `::core::compile_error! { ... }` stands at a place in the input.
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

/// Whether it is of a text, and not of the call as a whole.
fn is_placed(span: Span) -> bool {
    span.file().starts_with("<parsed string")
}

/// What is refused is left as it was, so that it leads to no second mistake. (A
/// block loses the marks on its methods.)
fn check_kept(expansion: &TokenStream, item: TokenStream) -> Result<(), String> {
    let text = expansion.to_string();
    if text.ends_with(&item.to_string()) || mentions(item, "impl") {
        return Ok(());
    }
    Err(format!("an item that is not kept: {text}"))
}

/// What could be parsed before can be parsed after; what could not is tokens still.
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
