//! The `#[circuit_breaker]` attribute of the `breakerbox` crate.
//!
//! Data walks one way: tokens to [`args`] and [`function`] (typed, with places),
//! to [`check`] (rules that take several of them), to [`emit`]. Mistakes are
//! gathered in [`diagnostics`] on the way; if there are any, the function is
//! emitted as it was, so that no mistake leads to a second error.

mod args;
mod check;
mod diagnostics;
mod emit;
mod function;
mod mention;
mod parameters;
mod returns;

use proc_macro2::TokenStream;

use args::Args;
use diagnostics::Diagnostics;
use function::Function;

/// Docs.
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
    let function = Function::parse(item.clone(), &mut diagnostics);
    if let Some(function) = &function {
        check::check(&args, function, &mut diagnostics);
    }
    match (function, diagnostics.into_tokens()) {
        (Some(function), None) => emit::emit(&args, function),
        (_, mistakes) => mistakes.into_iter().chain([item]).collect(),
    }
}
