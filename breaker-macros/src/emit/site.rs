//! The static that remembers the function's breaker.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::ext::IdentExt;

use super::{Context, Place};
use crate::args::Args;
use crate::args::value::{Value, Window};
use crate::function::Function;

/// A block, so that the body does not see the static, whose value is a
/// reference to it.
pub(super) fn emit(args: &Args, function: &Function, context: &Context) -> TokenStream {
    let private = &context.private;
    let name = name(args, function, context);
    let config = config(args, context);
    let site = ours!(static SITE: #private::Site = #private::Site::new(#name, #config););
    match &args.key {
        Some(key) => {
            let key = &key.value;
            let keyed = context.call(&ours!(keyed), Place::of(key), &ours!(&SITE, &(#key)));
            ours!({ #site #keyed })
        }
        None => ours!({ #site &SITE }),
    }
}

fn name(args: &Args, function: &Function, context: &Context) -> TokenStream {
    match args.name.as_ref().map(|name| &name.value) {
        Some(Value::Literal(name)) => ours!(#name),
        Some(Value::Constant(name)) => {
            context.call(&ours!(checked_name), Place::of(name), &name.to_token_stream())
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
    let private = &context.private;
    let mut builder = ours!(#private::config());
    let defaults = builder.to_string();
    macro_rules! set {
        ($($key:ident)*) => {$(
            match args.$key.as_ref().map(|arg| &arg.value) {
                Some(value @ Value::Literal(_)) => builder.extend(ours!(.$key(#value))),
                // Checked on the spot, so that the compiler points at it.
                Some(value @ Value::Constant(path)) => {
                    let place = Place::of(path);
                    builder.extend(place.cover(ours!(.$key(#value))));
                    builder = context.call(&ours!(checked), place, &builder);
                }
                None => {}
            }
        )*};
    }
    match args.window.as_ref().map(|arg| &arg.value) {
        Some(Window::Calls(calls)) => builder.extend(ours!(.window_calls(#calls))),
        Some(Window::Time(length)) => {
            let length = Value::Literal(*length);
            builder.extend(ours!(.window_time(#length)));
        }
        None => {}
    }
    // What others are measured by comes first.
    set!(threshold failure_rate failure_count min_calls slow_call slow_rate);
    set!(cooldown backoff cooldown_max jitter probes success_threshold probe_timeout);
    if builder.to_string() == defaults {
        ours!(::core::option::Option::None)
    } else {
        ours!(::core::option::Option::Some(#builder.build_const()))
    }
}
