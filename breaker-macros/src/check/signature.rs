//! Rules for a function's signature, and for keys that need an async function.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{Attribute, Expr, GenericParam, Meta, Type};

use crate::args::Args;
use crate::diagnostics::Diagnostics;
use crate::item::function::Function;
use crate::item::parameters::is_primitive;
use crate::tokens::mentions;

pub(super) fn check(function: &Function, diagnostics: &mut Diagnostics) {
    let signature = &function.signature;
    if let Some(word) = &signature.constness {
        let help = if function.is_in_block {
            "a breaker lives at run time; leave it out: `#[circuit_breaker(skip)]`"
        } else {
            "a breaker lives at run time; remove `const`"
        };
        diagnostics.report(word, "a `const fn` cannot be guarded", help);
    }
    if let Some(variadic) = &signature.variadic {
        let help = "guard a function that calls it";
        diagnostics.report(variadic.dots, "a variadic function cannot be guarded", help);
    }
    if let Some(Type::Never(never)) = function.output() {
        let wrong = "a function that never returns has no outcome to record";
        diagnostics.report(never, wrong, "guard the calls inside it");
    }
}

/// Refuses a method that its block's attribute does not fit. The compiler would say that the output
/// tells no failure. If the method visibly cannot fail, the help says to skip it rather than to
/// change it.
pub(super) fn check_inherited(args: &Args, function: &Function, diagnostics: &mut Diagnostics) {
    let help = "leave it out: `#[circuit_breaker(skip)]`";
    let name = function.signature.ident.unraw();
    let own = [("breaker", &args.breaker), ("key", &args.key)];
    for (key, value) in own {
        let Some(value) = value.as_ref().filter(|_| args.inherits(key)) else { continue };
        let needs_self = mentions(value.value.to_token_stream(), "self");
        if needs_self && function.signature.receiver().is_none() {
            let wrong =
                format!("`{key}` of the `impl` block needs a `self`, and `{name}` has none");
            diagnostics.report(&function.signature.ident, wrong, help);
        }
    }
    if function.is_in_block && !args.has("failure") && cannot_fail(function) {
        let wrong = format!("`{name}` does not tell success from failure");
        diagnostics.report(&function.signature.ident, wrong, help);
    }
}

/// Recognises an output that cannot fail by the spelling of its type.
fn cannot_fail(function: &Function) -> bool {
    match function.output() {
        None | Some(Type::Reference(_) | Type::Tuple(_) | Type::Array(_) | Type::Slice(_)) => true,
        Some(Type::Path(path)) => {
            let path = &path.path;
            // No user can teach these types of the standard library to tell a failure.
            let holds = ["Option", "Vec", "Arc", "Rc"];
            let last = path.segments.last();
            is_primitive(path)
                || path.is_ident("String")
                || path.is_ident("Self")
                || last.is_some_and(|last| holds.iter().any(|name| last.ident == name))
        }
        Some(_) => false,
    }
}

/// Refuses a second attribute for the breaker of the first: each call would nest in itself.
pub(super) fn check_twins(args: &Args, attributes: &[Attribute], diagnostics: &mut Diagnostics) {
    for attribute in attributes {
        let is_ours =
            attribute.path().segments.last().is_some_and(|last| last.ident == "circuit_breaker");
        if !is_ours || !matches!(attribute.meta, Meta::Path(_) | Meta::List(_)) {
            continue;
        }
        let tokens = attribute.meta.require_list().map(|list| list.tokens.clone());
        // The expansion of the other attribute reports that attribute's mistakes.
        let other = Args::parse(tokens.unwrap_or_default(), &mut Diagnostics::default());
        if args.is_twin(&other) {
            let wrong = "there is an attribute for the same breaker above";
            diagnostics.report(
                attribute.path(),
                wrong,
                "keep one, or give the other another `name`",
            );
        }
    }
}

/// Refuses a constant that depends on a type parameter. A generic function has one static
/// for all its types.
pub(super) fn check_constants(args: &Args, function: &Function, diagnostics: &mut Diagnostics) {
    for (key, value) in args.constants() {
        let Expr::Path(path) = value else { continue };
        let Some(first) = path.path.segments.first() else { continue };
        let parameters = function.signature.generics.params.iter();
        let is_parameter = first.ident == "Self"
            || parameters.clone().any(|parameter| match parameter {
                GenericParam::Type(parameter) => first.ident == parameter.ident,
                GenericParam::Const(parameter) => first.ident == parameter.ident,
                GenericParam::Lifetime(_) => false,
            });
        if is_parameter {
            let wrong = format!("`{key}` cannot depend on `{}`", first.ident);
            let help = "the function has one breaker for all types; write the value out, or use a constant outside of them";
            diagnostics.report(value, wrong, help);
        }
    }
}

/// Refuses keys that need a future on a sync function.
pub(super) fn check_async_keys(args: &Args, function: &Function, diagnostics: &mut Diagnostics) {
    if function.is_async() {
        return;
    }
    let timeout = args.timeout.as_ref().map(|arg| (&arg.key, "stopped from outside"));
    // A stream is cancelled when it is dropped.
    let on_cancel = args.on_cancel.as_ref().filter(|_| !args.has("stream"));
    let on_cancel = on_cancel.map(|arg| (&arg.key, "cancelled"));
    for (key, done) in timeout.into_iter().chain(on_cancel) {
        let help = match done {
            "cancelled" => "remove `on_cancel`",
            _ => "remove `timeout`, and bound the call inside the function",
        };
        if args.inherits(&key.to_string()) {
            let wrong = format!("`{key}` of the `impl` block needs an `async fn`");
            let help = "give it to the async methods only, or leave this one out: `#[circuit_breaker(skip)]`";
            diagnostics.report(&function.signature.ident, wrong, help);
        } else {
            let wrong = format!("`{key}` needs an `async fn`: a sync call cannot be {done}");
            diagnostics.report(key, wrong, help);
        }
    }
}
