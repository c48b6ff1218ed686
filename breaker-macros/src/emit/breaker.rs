//! The static that remembers the function's breaker.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Expr, ExprPath, FnArg, Ident, Pat, Type, UnOp};

use super::{Context, SpanRange};
use crate::args::value::Value;
use crate::args::{Args, Setting};
use crate::item::function::Function;
use crate::item::parameters::{SelfAccess, self_access};
use crate::item::shape::Shape;

/// What leads to the breaker, and what has to be done first.
pub(super) struct BreakerExpr {
    pub(super) before: TokenStream,
    pub(super) source: TokenStream,
}

/// The way to the registry's breaker, or to the user's own. What a key or an
/// expression takes on its way, a lock say, is gone before the call is made; and
/// for a future, before the body that makes it takes the arguments.
pub(super) fn expression(args: &Args, function: &Function, context: &Context) -> BreakerExpr {
    if let Some(breaker) = &args.breaker {
        let before = given(&breaker.value, function, context);
        return BreakerExpr { before, source: hygienic!(breaker) };
    }
    let site = site(args, function, context);
    let Some(key) = args.key.as_ref().map(|key| &key.value) else {
        return BreakerExpr { before: TokenStream::new(), source: site };
    };
    let place = SpanRange::of(key);
    let borrowed = place.respan(hygienic!(&(#key)));
    let keyed = context.call(&hygienic!(keyed), place, &hygienic!(#site, #borrowed));
    BreakerExpr { before: hygienic!(let handle = #keyed;), source: hygienic!(handle) }
}

/// A block, so that the body does not see the static, whose value is a
/// reference to it.
fn site(args: &Args, function: &Function, context: &Context) -> TokenStream {
    let private = &context.private;
    let name = name(args, function, context);
    let config = config(args, context);
    // The name of a static has no hygiene: the user's own constants come first.
    hygienic!({
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
    let place = SpanRange::of(breaker);
    let inner = match breaker {
        Expr::Reference(reference) => &reference.expr,
        other => other,
    };
    let root = root(inner);
    let is_place = matches!(root, Expr::Path(_));
    let is_taken = matches!(root, Expr::Path(path) if is_taken(path, function));
    let is_future = matches!(function.shape, Shape::Future(_));
    let given = if is_place && is_taken {
        context.call(&hygienic!(given_apart), place, &place.respan(hygienic!(&(#inner))))
    } else if is_place && !is_future {
        context.call(&hygienic!(given), place, &place.respan(hygienic!(&(#inner))))
    } else if core::ptr::eq(root, inner) && !is_place {
        context.call(&hygienic!(given_by), place, &place.respan(hygienic!(&(#inner))))
    } else {
        context.call(&hygienic!(given_by), place, &place.respan(hygienic!(&&(#inner))))
    };
    hygienic!(let breaker = #given;)
}

/// Whether the body takes the argument for itself.
fn is_taken(path: &ExprPath, function: &Function) -> bool {
    function.signature.inputs.iter().any(|input| match input {
        FnArg::Receiver(receiver) => {
            path.path.is_ident("self") && self_access(receiver) != SelfAccess::Shared
        }
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
        Some(Value::Literal(name, _)) => hygienic!(#name),
        Some(Value::Constant(name)) => {
            context.call(&hygienic!(checked_name), SpanRange::of(name), &name.to_token_stream())
        }
        None => {
            let owner = function.owner.as_ref().map(|owner| format!("{owner}::"));
            let function = function.signature.ident.unraw();
            let path = format!("::{}{function}", owner.unwrap_or_default());
            hygienic!(::core::concat!(::core::module_path!(), #path))
        }
    }
}

/// The tuning as `Option<Config>`. It is `None` if the function gives no tuning: its
/// breaker may be one that another function tunes.
/// ```text
/// Some(config().window_calls(20).threshold(5).build_const())
/// ```
fn config(args: &Args, context: &Context) -> TokenStream {
    let private = &context.private;
    let settings = args.settings();
    if settings.is_empty() {
        return hygienic!(::core::option::Option::None);
    }
    let mut builder = hygienic!(#private::config());
    let mut has_constants = false;
    for step in 0..=2 {
        for Setting { name, value, .. } in &settings {
            if order(name) != step {
                continue;
            }
            let place = match value.constant() {
                Some(path) => SpanRange::of(path),
                None => SpanRange::at(value.span().unwrap_or_else(Span::mixed_site)),
            };
            let method = Ident::new(value.method(name), Span::mixed_site());
            let argument = value.argument();
            builder.extend(place.respan(hygienic!(.#method(#argument))));
            // The compiler evaluates a constant, and checks it on the spot, so that it
            // points at the value. Literals behind the constant may be measured by it.
            has_constants |= value.constant().is_some();
            if has_constants {
                builder = context.call(&hygienic!(checked), place, &builder);
            }
        }
    }
    hygienic!(::core::option::Option::Some(#builder.build_const()))
}

/// A value that others are measured by is set before them: the window first, and
/// `min_calls` last, since the rates bring the default window.
fn order(key: &str) -> u8 {
    match key {
        "window" => 0,
        "min_calls" => 2,
        _ => 1,
    }
}
