//! The expression for the breaker.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::{Expr, ExprPath, FnArg, Ident, Pat, Type, UnOp};

use super::context::Context;
use super::span::SpanRange;
use crate::args::Setting;
use crate::args::value::Value;
use crate::item::function::Function;
use crate::item::parameters::{SelfAccess, self_access};
use crate::plan::{Form, Plan, Source};

pub(super) struct BreakerExpr {
    /// Statements that come before the call.
    pub(super) before: TokenStream,
    /// The argument for the functions of the core that admit a call.
    pub(super) source: TokenStream,
}

/// The registry's breaker, or the user's own. The expression of `key` or `breaker` is a statement
/// of its own. A lock that it takes is then released before the call, and a body that makes a
/// future takes the arguments only after it.
/// ```text
/// CALLSITE
/// let handle = keyed(CALLSITE, &(KEY), |key| { use OtherKey as _; KeyOf(key).text() }); handle
/// let breaker = borrow_breaker(&(BREAKER)); breaker
/// ```
pub(super) fn expression(plan: &Plan<'_>, function: &Function, context: &Context) -> BreakerExpr {
    let (name, base, settings, key) = match &plan.source {
        Source::Own(breaker) => {
            let before = given(breaker, function, &plan.form, context);
            return BreakerExpr { before, source: hygienic!(__breaker_breaker) };
        }
        Source::Registry { name, config, settings, key } => (name, config, settings, key),
    };
    let site = site(*name, &config(*base, settings, context), key.is_some(), context);
    let Some(key) = key else {
        return BreakerExpr { before: TokenStream::new(), source: site };
    };
    let range = SpanRange::of(key);
    let borrowed = range.respan(hygienic!(&(#key)));
    let private = &context.private;
    // The closure knows the key's type, which decides which `text` is called.
    let text = hygienic!(|__breaker_key| {
        use #private::OtherKey as _;
        #private::KeyOf(__breaker_key).text()
    });
    let keyed = context.call(&hygienic!(keyed), range, &hygienic!(#site, #borrowed, #text));
    BreakerExpr {
        before: hygienic!(let __breaker_handle = #keyed;),
        source: hygienic!(__breaker_handle),
    }
}

/// The function's static, which caches its breaker. It stands in a block, so that the body
/// does not see it. Without a name, a function inside the body tells the path of the body.
/// `declare!` is a macro of the core, since only the core knows whether its feature `inventory` is
/// on; without it, the macro is empty.
/// ```text
/// {
///     static __SITE: Callsite = Callsite::new(NAME, CONFIG);
///     declare! { __SITE, HAS_KEY }
///     CallsiteRef(&__SITE)
/// }
/// {
///     fn __here() {}
///     static __SITE: Callsite = Callsite::unnamed(|| type_name_of_val(&__here), CONFIG);
///     declare! { __SITE, HAS_KEY }
///     CallsiteRef(&__SITE)
/// }
/// ```
fn site(
    name: Option<&Value<String>>,
    config: &TokenStream,
    has_key: bool,
    context: &Context,
) -> TokenStream {
    let private = &context.private;
    let (here, made) = match name {
        Some(name) => {
            let name = self::name(name, context);
            (None, hygienic!(new(#name, #config)))
        }
        None => (
            Some(hygienic!(
                fn __here() {}
            )),
            hygienic!(unnamed(|| ::core::any::type_name_of_val(&__here), #config)),
        ),
    };
    // The name of a static has no hygiene: the underscores keep it apart from the user's
    // constants.
    hygienic!({
        #here
        static __SITE: #private::Callsite = #private::Callsite::#made;
        #private::declare! { __SITE, #has_key }
        #private::CallsiteRef(&__SITE)
    })
}

/// `breaker = EXPRESSION`, bound to `breaker`.
/// ```text
/// let breaker = borrow_breaker(&(PLACE));
/// let breaker = share_breaker(&(PLACE));   // of an argument that the body takes
/// let breaker = resolve_breaker(&(VALUE));
/// ```
/// A place is borrowed, and coerces to a breaker. A future may outlive the place, so for a future
/// the place is resolved like a value: its type decides what is borrowed.
fn given(breaker: &Expr, function: &Function, form: &Form, context: &Context) -> TokenStream {
    let range = SpanRange::of(breaker);
    let inner = match breaker {
        Expr::Reference(reference) => &reference.expr,
        other => other,
    };
    let root = root(inner);
    let is_place = matches!(root, Expr::Path(_));
    let is_taken = matches!(root, Expr::Path(path) if is_taken(path, function));
    // A stream may outlive the place too: it takes the permit along.
    let returns_future =
        matches!(form, Form::Block(_) | Form::MadeFuture { .. }) || context.head.is_some();
    let (lead, borrowed) = if is_place && is_taken {
        (hygienic!(share_breaker), hygienic!(&(#inner)))
    } else if is_place && !returns_future {
        (hygienic!(borrow_breaker), hygienic!(&(#inner)))
    } else if core::ptr::eq(root, inner) && !is_place {
        (hygienic!(resolve_breaker), hygienic!(&(#inner)))
    } else {
        (hygienic!(resolve_breaker), hygienic!(&&(#inner)))
    };
    let given = context.call(&lead, range, &range.respan(borrowed));
    hygienic!(let __breaker_breaker = #given;)
}

/// Returns true if the path is an argument that the body takes.
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

/// The expression at the base of a place: `self` of `self.breakers[0]`.
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

/// The breaker's name, if the function gives one.
fn name(name: &Value<String>, context: &Context) -> TokenStream {
    match name {
        Value::Literal(name, _) => hygienic!(#name),
        Value::Constant(name) => {
            let range = SpanRange::of(name);
            context.call(&hygienic!(checked_name), range, &name.to_token_stream())
        }
    }
}

/// The tuning as `Option<Config>`. It is `None` if the function gives no tuning: its
/// breaker may be one that another function tunes.
/// ```text
/// Some(config().window_calls(20).threshold(5).build_const())
/// Some(CHECKED(base(CONFIG).window_calls(20).threshold(5)).build_const())
/// ```
fn config(base: Option<&Expr>, settings: &[Setting<'_>], context: &Context) -> TokenStream {
    let private = &context.private;
    if let Some(base) = base {
        return changed(base, settings, context);
    }
    if settings.is_empty() {
        return hygienic!(::core::option::Option::None);
    }
    let mut builder = hygienic!(#private::config());
    let mut has_constants = false;
    for step in 0..=2 {
        for Setting { name, value, .. } in settings {
            if rank(name) != step {
                continue;
            }
            let range = match value.constant() {
                Some(path) => SpanRange::of(path),
                None => SpanRange::at(value.span().unwrap_or_else(Span::mixed_site)),
            };
            let method = Ident::new(value.method(name), Span::mixed_site());
            let argument = value.argument();
            builder.extend(range.respan(hygienic!(.#method(#argument))));
            // The compiler evaluates a constant and checks it here, so that an error points at the
            // constant. It checks the literals after it too, since a rule may compare them with it.
            has_constants |= value.constant().is_some();
            if has_constants {
                builder = context.call(&hygienic!(checked), range, &builder);
            }
        }
    }
    hygienic!(::core::option::Option::Some(#builder.build_const()))
}

/// The config of a constant, with single values changed. Only the whole is checked, since a value
/// may fit another new value and not the old one. The compiler reports an error at the key that
/// breaks the rule, or else at the key that the rule compares it with.
/// ```text
/// checked_for(base(CONFIG).cooldown(D).cooldown_max(D), "cooldown")
/// ```
fn changed(base: &Expr, settings: &[Setting<'_>], context: &Context) -> TokenStream {
    let mut builder = context.call(&hygienic!(base), SpanRange::of(base), &base.to_token_stream());
    let range = |setting: &Setting<'_>| match setting.value.constant() {
        Some(path) => SpanRange::of(path),
        None => SpanRange::at(setting.value.span().unwrap_or(setting.key.span())),
    };
    for setting in settings {
        let method = Ident::new(setting.value.method(setting.name), Span::mixed_site());
        let argument = setting.value.argument();
        builder.extend(range(setting).respan(hygienic!(.#method(#argument))));
    }
    for check in [hygienic!(checked_for), hygienic!(checked_beside)] {
        for setting in settings {
            let name = setting.name;
            builder = context.call(&check, range(setting), &hygienic!(#builder, #name));
        }
    }
    hygienic!(::core::option::Option::Some(#builder.build_const()))
}

/// The order in which values are set. A value that limits others comes before them: the window is
/// first. `min_calls` is last, since the rates bring the default window.
fn rank(key: &str) -> u8 {
    match key {
        "window" => 0,
        "min_calls" => 2,
        _ => 1,
    }
}
