//! The static that remembers the function's breaker.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt;

use super::Context;
use crate::args::Args;
use crate::args::value::Value;
use crate::function::Function;

/// A block, so that the body does not see the static, whose value is a
/// reference to it.
pub(super) fn emit(args: &Args, function: &Function, context: &Context) -> TokenStream {
    let private = &context.private;
    let name = name(args, function, context);
    let config = config(args, context);
    quote!({
        static SITE: #private::Site = #private::Site::new(#name, #config);
        &SITE
    })
}

fn name(args: &Args, function: &Function, context: &Context) -> TokenStream {
    let private = &context.private;
    match args.name.as_ref().map(|name| &name.value) {
        Some(Value::Literal(name)) => quote!(#name),
        Some(Value::Constant(name)) => quote!(#private::checked_name(#name)),
        None => {
            let function = function.signature.ident.unraw().to_string();
            quote!(::core::concat!(::core::module_path!(), "::", #function))
        }
    }
}

/// `None` if the function gives no tuning: it may share a breaker that another
/// one tunes.
fn config(args: &Args, context: &Context) -> TokenStream {
    let private = &context.private;
    let mut calls = TokenStream::new();
    macro_rules! set {
        ($($key:ident)*) => {$(
            if let Some(value) = args.$key.as_ref().map(|arg| &arg.value) {
                calls.extend(quote!(.$key(#value)));
            }
        )*};
    }
    set!(threshold cooldown probes success_threshold probe_timeout);
    if calls.is_empty() {
        quote!(::core::option::Option::None)
    } else {
        quote!(::core::option::Option::Some(#private::Config::builder()#calls.build_const()))
    }
}
