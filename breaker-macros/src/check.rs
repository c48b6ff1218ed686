//! Rules that take more than one argument, or the function too.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::{ExprClosure, FnArg, Meta, Pat, Type};

use crate::args::{Arg, Args, Case, Fallback, FallbackOn, TUNING};
use crate::block::{Block, Mark, Method};
use crate::diagnostics::{Diagnostics, parameter_list, spell};
use crate::function::Function;
use crate::mention::mentions;
use crate::shape::Shape;
use crate::tuning;

/// Reports what the arguments break by themselves.
pub(crate) fn arguments(args: &Args, diagnostics: &mut Diagnostics) {
    if let Some(failure) = &args.failure {
        check_failure(failure, diagnostics);
    }
    if !cfg!(feature = "tokio") {
        refuse_timeout(args, diagnostics);
    }
    tuning::check(args, diagnostics);
    if let (Some(on), false) = (&args.fallback_on, args.has("fallback")) {
        let wrong = "`fallback_on` needs a `fallback`";
        diagnostics.report(&on.key, wrong, "add `fallback = path::to::function`");
    }
    check_error(args, diagnostics);
    check_breaker(args, diagnostics);
}

/// Reports what this function must not be, or must not have.
pub(crate) fn function(args: &Args, function: &Function, diagnostics: &mut Diagnostics) {
    check_signature(function, diagnostics);
    check_twin(args, function, diagnostics);
    check_async_keys(args, function, diagnostics);
    if let Some(fallback) = &args.fallback {
        check_fallback(args, &fallback.value, function, diagnostics);
    }
}

/// Reports the same of each method of a block.
pub(crate) fn block(args: &Args, block: &Block, diagnostics: &mut Diagnostics) {
    if block.methods().all(Method::is_skipped) {
        let wrong = "this `impl` block has no method to guard";
        let help = "remove the attribute, or put it on the functions that make calls";
        diagnostics.report(block.impl_token, wrong, help);
    }
    let block_is_right = diagnostics.is_empty();
    for method in block.methods().filter(|method| !method.is_skipped()) {
        let Mark::Own(own) = &method.mark else {
            function(&Args::default().over(args), &method.function, diagnostics);
            continue;
        };
        if let Some(key) = own.retunes(args) {
            let wrong = format!("`{key}` would tune the breaker that the whole block shares");
            let method = method.function.signature.ident.unraw();
            let help = format!("give this method a breaker of its own: `name = \"{method}\"`");
            diagnostics.report(key, wrong, help);
        }
        let merged = Args::clone(own).over(args);
        if block_is_right {
            arguments(&merged, diagnostics);
        }
        function(&merged, &method.function, diagnostics);
    }
}

fn check_signature(function: &Function, diagnostics: &mut Diagnostics) {
    let signature = &function.signature;
    if let Some(word) = &signature.constness {
        let help = "a breaker lives at run time; remove `const`";
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

/// A second attribute for the same breaker: each call would be inside its own.
fn check_twin(args: &Args, function: &Function, diagnostics: &mut Diagnostics) {
    for attribute in &function.attributes {
        let is_ours =
            attribute.path().segments.last().is_some_and(|last| last.ident == "circuit_breaker");
        if !is_ours || !matches!(attribute.meta, Meta::Path(_) | Meta::List(_)) {
            continue;
        }
        let tokens = attribute.meta.require_list().map(|list| list.tokens.clone());
        // Its own mistakes are reported when its turn comes.
        let other = Args::parse(tokens.unwrap_or_default(), &mut Diagnostics::default());
        if args.is_twin(&other) {
            let wrong = "this function already carries an attribute for the same breaker";
            diagnostics.report(
                attribute.path(),
                wrong,
                "keep one, or give the other another `name`",
            );
        }
    }
}

/// Keys that only a function with a future can have.
fn check_async_keys(args: &Args, function: &Function, diagnostics: &mut Diagnostics) {
    if function.is_async() {
        return;
    }
    let timeout = args.timeout.as_ref().map(|arg| (&arg.key, "stopped from outside"));
    let on_cancel = args.on_cancel.as_ref().map(|arg| (&arg.key, "cancelled"));
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

/// A breaker of the user's own is named and tuned where it is made.
fn check_breaker(args: &Args, diagnostics: &mut Diagnostics) {
    if !args.has("breaker") {
        return;
    }
    for key in args.given() {
        let word = key.to_string();
        let help = if TUNING.contains(&word.as_str()) {
            let method = if word == "window" { "window_calls" } else { word.as_str() };
            format!(
                "tune it where it is made: `Breaker::new(name, Config::builder().{method}(...))`"
            )
        } else if word == "name" || word == "key" {
            "keep one of the two".into()
        } else {
            continue;
        };
        diagnostics.report(key, format!("`{word}` cannot stand beside `breaker`"), help);
    }
}

/// Without the feature there is no timer to bound a call by.
fn refuse_timeout(args: &Args, diagnostics: &mut Diagnostics) {
    if let Some(timeout) = &args.timeout {
        let wrong = "`timeout` needs the feature `tokio` of `breakerbox`";
        let help = "enable it in Cargo.toml: `breakerbox = { features = [\"tokio\"] }`";
        diagnostics.report(&timeout.key, wrong, help);
    }
}

/// Beside a fallback, `error` is asked only for a call whose time ran out.
fn check_error(args: &Args, diagnostics: &mut Diagnostics) {
    let (Some(error), Some(_)) = (&args.error, &args.fallback) else { return };
    if !answers_failures(args) && args.has("timeout") {
        return;
    }
    let wrong = "`error` is never asked where a `fallback` answers";
    diagnostics.report(&error.key, wrong, "keep one of `error` and `fallback`");
}

fn answers_failures(args: &Args) -> bool {
    args.fallback_on.as_ref().is_some_and(|on| on.value == FallbackOn::Failure)
}

/// `failure` replaces the default: with `Ok` alone, an `Err` were a success.
fn check_failure(failure: &Arg<Vec<Case>>, diagnostics: &mut Diagnostics) {
    if failure.value.iter().all(|case| names_ok_only(&case.pattern)) {
        let listed = failure.value.iter().map(|case| {
            let guard = case.guard.as_ref().map(|guard| format!(" if {}", spell(guard)));
            format!(", {}{}", spell(&case.pattern), guard.unwrap_or_default())
        });
        let help = format!("write `failure(Err(_){})`", listed.collect::<String>());
        let wrong = "`failure` names only `Ok` values, so every `Err` would be a success";
        diagnostics.report(&failure.key, wrong, help);
    }
}

fn names_ok_only(pattern: &Pat) -> bool {
    match pattern {
        Pat::TupleStruct(variant) => {
            variant.path.segments.last().is_some_and(|last| last.ident == "Ok")
        }
        Pat::Or(or) => or.cases.iter().all(names_ok_only),
        Pat::Paren(paren) => names_ok_only(&paren.pat),
        _ => false,
    }
}

fn check_fallback(
    args: &Args,
    fallback: &Fallback,
    function: &Function,
    diagnostics: &mut Diagnostics,
) {
    let signature = &function.signature;
    for input in &signature.inputs {
        let attributes = match input {
            FnArg::Receiver(receiver) => &receiver.attrs,
            FnArg::Typed(typed) => &typed.attrs,
        };
        for cfg in attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")) {
            let wrong = "`#[cfg]` on a parameter cannot be combined with `fallback`";
            diagnostics.report(cfg, wrong, "put the `#[cfg]` on two versions of the function");
        }
    }
    match fallback {
        Fallback::Path(path) if is_itself(path, function) => {
            let wrong = format!("`{}` is its own fallback", signature.ident);
            let help = if args.inherits("fallback") {
                "leave it out of the block: `#[circuit_breaker(skip)]`"
            } else {
                "name another function, or give a value"
            };
            diagnostics.report(path, wrong, help);
        }
        Fallback::Closure(closure) => {
            check_arity(closure, function, diagnostics);
            if let (Some(word), false) = (&closure.asyncness, function.is_async()) {
                let wrong = format!("`{}` is not async and cannot await", signature.ident);
                diagnostics.report(word, wrong, "remove `async` from the fallback");
            }
        }
        _ => {}
    }
    if answers_failures(args) {
        let what = "`fallback_on = \"failure\"`";
        let help = "keep the fallback to rejections: `fallback_on = \"rejection\"`";
        check_kept(fallback, function, what, help, diagnostics);
    } else if matches!(&function.shape, Shape::Future(future) if future.block.is_none()) {
        let what = "a function that returns a future";
        let help = "make it an `async fn`, or give a fallback that does not need it";
        check_kept(fallback, function, what, help, diagnostics);
    }
}

fn check_arity(closure: &ExprClosure, function: &Function, diagnostics: &mut Diagnostics) {
    let (found, wanted) = (closure.inputs.len(), parameters(function).count());
    if found == wanted || found == wanted + 1 {
        return;
    }
    let s = if wanted == 1 { "" } else { "s" };
    let wrong = format!(
        "the fallback of `{}` takes {wanted} argument{s}, or {} with the cause, found {found}",
        function.signature.ident,
        wanted + 1
    );
    let mut names: Vec<_> = parameters(function).map(|(pattern, _)| plain(pattern)).collect();
    let without = names.join(", ");
    names.push("cause".into());
    let with = names.join(", ");
    let help = format!("write `|{without}| ...` or `|{with}| ...`");
    diagnostics.report(parameter_list(closure), wrong, help);
}

/// After a failed call the arguments are gone, and so they are once a future has
/// been made of them, unless they can be kept aside.
fn check_kept(
    fallback: &Fallback,
    function: &Function,
    what: &str,
    help: &str,
    diagnostics: &mut Diagnostics,
) {
    let wants = |name: &str| match fallback {
        Fallback::Path(_) => true,
        Fallback::Closure(closure) => mentions(closure.body.to_token_stream(), name),
        Fallback::Inline(value) => mentions(value.to_token_stream(), name),
    };
    if let Some(receiver) = function.signature.receiver() {
        let by_shared_reference = crate::parameters::is_shared_self(receiver);
        let by_path = matches!(fallback, Fallback::Path(_));
        let is_mutable = crate::parameters::is_mutable_self(receiver);
        if !by_shared_reference && wants("self") && (is_mutable || !by_path) {
            let wrong = format!("{what} cannot keep this `self` for the fallback");
            diagnostics.report(receiver.self_token, wrong, help);
        }
    }
    for (index, (pattern, ty)) in parameters(function).enumerate() {
        let is_used = match fallback {
            Fallback::Closure(closure) => !matches!(closure.inputs.get(index), Some(Pat::Wild(_))),
            _ => wants(&plain(pattern)),
        };
        if is_used && matches!(ty, Type::Reference(to) if to.mutability.is_some()) {
            let wrong = format!("{what} cannot keep a `&mut` argument for the fallback");
            diagnostics.report(ty, wrong, help);
        }
    }
}

fn is_itself(path: &syn::ExprPath, function: &Function) -> bool {
    let name = &function.signature.ident;
    let segments = &path.path.segments;
    let is_method = function.signature.receiver().is_some();
    match segments.len() {
        1 => !is_method && segments[0].ident == *name,
        2 => segments[0].ident == "Self" && segments[1].ident == *name,
        _ => false,
    }
}

fn parameters(function: &Function) -> impl Iterator<Item = (&Pat, &Type)> {
    function.signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some((&*typed.pat, &*typed.ty)),
        FnArg::Receiver(_) => None,
    })
}

fn plain(pattern: &Pat) -> String {
    match pattern {
        Pat::Ident(named) => named.ident.to_string(),
        _ => "_".into(),
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::*;

    fn report(check: fn(&Args, &mut Diagnostics), args: TokenStream) -> String {
        let mut diagnostics = Diagnostics::default();
        let args = Args::parse(args, &mut diagnostics);
        check(&args, &mut diagnostics);
        diagnostics.into_tokens().unwrap_or_default().to_string()
    }

    #[test]
    fn timeout_without_the_feature_tokio_is_refused() {
        let said = report(refuse_timeout, quote!(name = "llm", timeout = "10s"));
        assert!(said.contains("`timeout` needs the feature `tokio` of `breakerbox`"), "{said}");
        assert!(said.contains("help: enable it in Cargo.toml"), "{said}");
        assert_eq!(report(refuse_timeout, quote!(name = "llm")), "");
    }
}
