//! The `#[circuit_breaker]` attribute of the `breakerbox` crate.
//!
//! Data walks one way; each module imports only modules before it:
//!
//! - `args`, `item`: tokens become typed arguments, and a function or an `impl` block.
//! - `check` applies the rules that concern several arguments, or the item too.
//! - `plan` decides what will be emitted.
//! - `emit` writes the plan.
//!
//! `diagnostics` gathers the mistakes on the way. If there are any, a function is emitted
//! unchanged, and a block without its methods' attributes, so that no mistake leads to a second
//! error.

#[macro_use]
mod args;
mod check;
mod diagnostics;
mod emit;
mod item;
mod plan;
#[cfg(test)]
mod tests;
mod tokens;

use proc_macro2::TokenStream;
use syn::parse::{Parse, ParseStream, Parser};

use args::Args;
use diagnostics::Diagnostics;
use item::block::{self, ImplBlock};
use item::function::Function;
use tokens::parse_all;

#[doc = include_str!("circuit_breaker.md")]
#[proc_macro_attribute]
pub fn circuit_breaker(
    args: proc_macro::TokenStream,
    item: proc_macro::TokenStream,
) -> proc_macro::TokenStream {
    expand(args.into(), item.into()).into()
}

fn expand(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut diagnostics = Diagnostics::default();
    let args = Args::parse(args, &mut diagnostics);
    check::arguments(&args, &mut diagnostics);
    let is_block = |input: ParseStream<'_>| {
        let is_block = block::is_block(input);
        input.parse::<TokenStream>().map(|_| is_block)
    };
    if is_block.parse2(item.clone()).unwrap_or(false) {
        expand_block(&args, item, diagnostics)
    } else {
        expand_function(&args, item, diagnostics)
    }
}

fn expand_function(args: &Args, item: TokenStream, mut diagnostics: Diagnostics) -> TokenStream {
    let function = match parse_all(Function::parse, item.clone()) {
        Ok(function) => {
            check::function(args, &function, &mut diagnostics);
            Some(function)
        }
        Err(mistake) => {
            diagnostics.add(mistake);
            None
        }
    };
    match (function, diagnostics.into_tokens()) {
        (Some(function), None) => emit::expand(args, function),
        (_, mistakes) => mistakes.into_iter().chain([item]).collect(),
    }
}

fn expand_block(args: &Args, item: TokenStream, mut diagnostics: Diagnostics) -> TokenStream {
    let block = match ImplBlock::parse(item.clone(), &mut diagnostics) {
        Ok(block) => block,
        Err(mistake) => {
            diagnostics.add(mistake);
            return diagnostics.into_tokens().into_iter().chain([item]).collect();
        }
    };
    check::block(args, &block, &mut diagnostics);
    match diagnostics.into_tokens() {
        None => emit::expand_block(args, block),
        Some(mistakes) => [mistakes, emit::unguarded(block)].into_iter().collect(),
    }
}
