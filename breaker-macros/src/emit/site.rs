//! The static that remembers the function's breaker.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;

use super::{Context, Place};
use crate::args::Args;
use crate::args::value::{Value, Window};
use crate::function::Function;
use crate::mention::mentions;
use crate::parameters::is_shared_self;

/// What leads to the breaker: the user's own expression, or a block, so that the
/// body does not see the static, whose value is a reference to it.
pub(super) fn emit(args: &Args, function: &Function, context: &Context) -> TokenStream {
    let private = &context.private;
    if args.breaker.is_some() {
        return ours!(breaker);
    }
    let name = name(args, function, context);
    let config = config(args, context);
    // The name of a static has no hygiene: the user's own constants come first.
    let site = ours!({
        static __SITE: #private::Site = #private::Site::new(#name, #config);
        #private::At(&__SITE)
    });
    let Some(key) = args.key.as_ref().map(|key| &key.value) else { return site };
    let place = Place::of(key);
    let borrowed = place.cover(ours!(&(#key)));
    let keyed = context.call(&ours!(keyed), place, &ours!(#site, #borrowed));
    // Bound, so that what the key is made of is gone before the call is made.
    ours!({ let handle = #keyed; handle })
}

/// `breaker = EXPRESSION`, bound to `breaker`: what the expression takes on its
/// way, a lock say, is gone before the call is made.
/// ```text
/// let breaker = &(EXPRESSION);
/// let breaker = __private::given(breaker);
/// ```
pub(super) fn given(args: &Args, function: &Function, context: &Context) -> TokenStream {
    let Some(breaker) = args.breaker.as_ref().map(|breaker| &breaker.value) else {
        return TokenStream::new();
    };
    let receiver = function.signature.receiver();
    let is_taken = receiver.is_some_and(|receiver| !is_shared_self(receiver));
    let given = if is_taken && mentions(breaker.to_token_stream(), "self") {
        ours!(given_apart)
    } else {
        ours!(given)
    };
    let place = Place::of(breaker);
    let name = ours_at!(place.end => breaker);
    let given = context.call(&given, place, &name);
    ours!(let #name = &(#breaker); let breaker = #given;)
}

fn name(args: &Args, function: &Function, context: &Context) -> TokenStream {
    match args.name.as_ref().map(|name| &name.value) {
        Some(Value::Literal(name, _)) => ours!(#name),
        Some(Value::Constant(name)) => {
            context.call(&ours!(checked_name), Place::of(name), &name.to_token_stream())
        }
        None => {
            let owner = function.owner.as_ref().map(|owner| format!("{owner}::"));
            let function = function.signature.ident.unraw();
            let path = format!("::{}{function}", owner.unwrap_or_default());
            ours!(::core::concat!(::core::module_path!(), #path))
        }
    }
}

/// `None` if the function gives no tuning: it may share a breaker that another
/// one tunes.
fn config(args: &Args, context: &Context) -> TokenStream {
    let private = &context.private;
    let mut builder = ours!(#private::config());
    let defaults = builder.to_string();
    let mut has_constants = false;
    macro_rules! set {
        ($($key:ident)*) => {$(
            if let Some(value) = args.$key.as_ref().map(|arg| &arg.value) {
                let place = match value {
                    Value::Literal(_, span) => Place::at(*span),
                    Value::Constant(path) => Place::of(path),
                };
                builder.extend(place.cover(ours!(.$key(#value))));
                has_constants |= matches!(value, Value::Constant(_));
                // Checked on the spot, so that the compiler points at it: a constant,
                // and what may be measured by one.
                if has_constants {
                    builder = context.call(&ours!(checked), place, &builder);
                }
            }
        )*};
    }
    match args.window.as_ref().map(|arg| arg.value) {
        Some(Window::Calls(calls)) => builder.extend(ours!(.window_calls(#calls))),
        Some(Window::Time(length)) => {
            let length = Value::Literal(length, Span::mixed_site());
            builder.extend(ours!(.window_time(#length)));
        }
        None => {}
    }
    // What others are measured by comes first.
    set!(threshold failure_rate failure_count slow_call slow_rate min_calls);
    set!(cooldown backoff cooldown_max jitter probes success_threshold probe_timeout);
    if builder.to_string() == defaults {
        ours!(::core::option::Option::None)
    } else {
        ours!(::core::option::Option::Some(#builder.build_const()))
    }
}
