//! The static that remembers the function's breaker.

use proc_macro2::{Span, TokenStream};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

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
    ours!({
        static SITE: #private::Site = #private::Site::new(#name, #config);
        &SITE
    })
}

fn name(args: &Args, function: &Function, context: &Context) -> TokenStream {
    match args.name.as_ref().map(|name| &name.value) {
        Some(Value::Literal(name)) => ours!(#name),
        Some(Value::Constant(name)) => {
            let checked = context.item("checked_name", name.span());
            ours_at!(name.span() => #checked(#name))
        }
        None => {
            let function = function.signature.ident.unraw().to_string();
            ours!(::core::concat!(::core::module_path!(), "::", #function))
        }
    }
}

/// `None` if the function gives no tuning: it may share a breaker that another
/// one tunes.
fn config(args: &Args, context: &Context) -> TokenStream {
    let mut builder = context.item("config", Span::mixed_site());
    builder.extend(ours!(()));
    let defaults = builder.to_string();
    macro_rules! set {
        ($($key:ident)*) => {$(
            match args.$key.as_ref().map(|arg| &arg.value) {
                Some(value @ Value::Literal(_)) => builder.extend(ours!(.$key(#value))),
                // Checked on the spot, so that the compiler points at it.
                Some(value @ Value::Constant(path)) => {
                    let checked = context.item("checked", path.span());
                    builder = ours_at!(path.span() => #checked(#builder.$key(#value)));
                }
                None => {}
            }
        )*};
    }
    set!(threshold cooldown probes success_threshold probe_timeout);
    if builder.to_string() == defaults {
        ours!(::core::option::Option::None)
    } else {
        ours!(::core::option::Option::Some(#builder.build_const()))
    }
}
