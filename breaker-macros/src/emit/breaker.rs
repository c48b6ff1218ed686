//! The static that remembers the function's breaker.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Expr, ExprPath, FnArg, Pat, Type, UnOp};

use super::{Context, Place};
use crate::args::Args;
use crate::args::value::{Value, Window};
use crate::item::function::Function;
use crate::item::parameters::is_shared_self;
use crate::item::shape::Shape;

/// What leads to the breaker, and what has to be done first.
pub(super) struct Way {
    pub(super) before: TokenStream,
    pub(super) source: TokenStream,
}

/// The way to the registry's breaker, or to the user's own. What a key or an
/// expression takes on its way, a lock say, is gone before the call is made; and
/// for a future, before the body that makes it takes the arguments.
pub(super) fn way(args: &Args, function: &Function, context: &Context) -> Way {
    if let Some(breaker) = &args.breaker {
        let before = given(&breaker.value, function, context);
        return Way { before, source: ours!(breaker) };
    }
    let site = site(args, function, context);
    let Some(key) = args.key.as_ref().map(|key| &key.value) else {
        return Way { before: TokenStream::new(), source: site };
    };
    let place = Place::of(key);
    let borrowed = place.cover(ours!(&(#key)));
    let keyed = context.call(&ours!(keyed), place, &ours!(#site, #borrowed));
    Way { before: ours!(let handle = #keyed;), source: ours!(handle) }
}

/// A block, so that the body does not see the static, whose value is a
/// reference to it.
fn site(args: &Args, function: &Function, context: &Context) -> TokenStream {
    let private = &context.private;
    let name = name(args, function, context);
    let config = config(args, context);
    // The name of a static has no hygiene: the user's own constants come first.
    ours!({
        static __SITE: #private::Site = #private::Site::new(#name, #config);
        #private::At(&__SITE)
    })
}

/// `breaker = EXPRESSION`, bound to `breaker`. A place is borrowed, by whatever
/// leads from it to a breaker; but for a future, which may outlive it, it is led
/// to by type, as is what the expression makes.
/// ```text
/// let breaker = __private::given(&(PLACE));
/// let breaker = __private::given_by(&(VALUE));
/// ```
fn given(breaker: &Expr, function: &Function, context: &Context) -> TokenStream {
    let place = Place::of(breaker);
    let inner = match breaker {
        Expr::Reference(reference) => &reference.expr,
        other => other,
    };
    let root = root(inner);
    let is_place = matches!(root, Expr::Path(_));
    let is_taken = matches!(root, Expr::Path(path) if is_taken(path, function));
    let is_future = matches!(function.shape, Shape::Future(_));
    let given = if is_place && is_taken {
        context.call(&ours!(given_apart), place, &place.cover(ours!(&(#inner))))
    } else if is_place && !is_future {
        context.call(&ours!(given), place, &place.cover(ours!(&(#inner))))
    } else if core::ptr::eq(root, inner) && !is_place {
        context.call(&ours!(given_by), place, &place.cover(ours!(&(#inner))))
    } else {
        context.call(&ours!(given_by), place, &place.cover(ours!(&&(#inner))))
    };
    ours!(let breaker = #given;)
}

/// Whether the body takes the argument for itself.
fn is_taken(path: &ExprPath, function: &Function) -> bool {
    function.signature.inputs.iter().any(|input| match input {
        FnArg::Receiver(receiver) => path.path.is_ident("self") && !is_shared_self(receiver),
        FnArg::Typed(typed) => {
            let is_it =
                matches!(&*typed.pat, Pat::Ident(named) if path.path.is_ident(&named.ident));
            is_it && !matches!(&*typed.ty, Type::Reference(to) if to.mutability.is_none())
        }
    })
}

/// What a place is a part of.
fn root(mut place: &Expr) -> &Expr {
    loop {
        place = match place {
            Expr::Field(field) => &field.base,
            Expr::Index(index) => &index.expr,
            Expr::Paren(paren) => &paren.expr,
            Expr::Group(group) => &group.expr,
            Expr::Unary(unary) if matches!(unary.op, UnOp::Deref(_)) => &unary.expr,
            other => return other,
        }
    }
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

/// Where the value stands, and whether it is a constant.
fn found<T>(value: &Value<T>) -> (Place, bool) {
    match value {
        Value::Literal(_, span) => (Place::at(*span), false),
        Value::Constant(path) => (Place::of(path), true),
    }
}

/// `None` if the function gives no tuning: it may share a breaker that another
/// one tunes.
fn config(args: &Args, context: &Context) -> TokenStream {
    let private = &context.private;
    let mut builder = ours!(#private::config());
    let defaults = builder.to_string();
    match args.window.as_ref().map(|arg| arg.value) {
        Some(Window::Calls(calls)) => builder.extend(ours!(.window_calls(#calls))),
        Some(Window::Time(length)) => {
            let length = Value::Literal(length, Span::mixed_site());
            builder.extend(ours!(.window_time(#length)));
        }
        None => {}
    }
    let mut has_constants = false;
    let mut set = |key: &TokenStream, value: &dyn ToTokens, (place, is_constant): (Place, bool)| {
        builder.extend(place.cover(ours!(.#key(#value))));
        has_constants |= is_constant;
        // Checked on the spot, so that the compiler points at it: a constant,
        // and what may be measured by one.
        if has_constants {
            builder = context.call(&ours!(checked), place, &builder);
        }
    };
    macro_rules! set {
        ($($key:ident)*) => {$(
            if let Some(value) = args.$key.as_ref().map(|arg| &arg.value) {
                set(&ours!($key), value, found(value));
            }
        )*};
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
