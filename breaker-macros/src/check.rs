//! Rules that take more than one argument, or the function too.

use quote::ToTokens;
use syn::{ExprClosure, FnArg, Pat, ReturnType, Type};

use crate::args::{Arg, Args, Case, Fallback, FallbackOn};
use crate::diagnostics::{Diagnostics, parameter_list, spell};
use crate::function::Function;
use crate::mention::mentions;
use crate::tuning;

/// Reports every broken rule.
pub(crate) fn check(args: &Args, function: &Function, diagnostics: &mut Diagnostics) {
    check_signature(function, diagnostics);
    if let Some(failure) = &args.failure {
        check_failure(failure, diagnostics);
    }
    check_async_keys(args, function, diagnostics);
    if !cfg!(feature = "tokio") {
        refuse_timeout(args, diagnostics);
    }
    tuning::check(args, diagnostics);
    match &args.fallback {
        Some(fallback) => check_fallback(args, &fallback.value, function, diagnostics),
        None => {
            if let (Some(on), false) = (&args.fallback_on, args.has("fallback")) {
                let wrong = "`fallback_on` needs a `fallback`";
                diagnostics.report(&on.key, wrong, "add `fallback = path::to::function`");
            }
        }
    }
    check_error(args, diagnostics);
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
    if let ReturnType::Type(_, ty) = &signature.output {
        if let Type::Never(never) = &**ty {
            let wrong = "a function that never returns has no outcome to record";
            diagnostics.report(never, wrong, "guard the calls inside it");
        }
    }
}

/// Keys that only an async function can have.
fn check_async_keys(args: &Args, function: &Function, diagnostics: &mut Diagnostics) {
    let is_async = function.signature.asyncness.is_some();
    if let (Some(timeout), false) = (&args.timeout, is_async) {
        let wrong = "`timeout` needs an `async fn`: a sync call cannot be stopped from outside";
        let help = "remove `timeout`, and bound the call inside the function";
        diagnostics.report(&timeout.key, wrong, help);
    }
    if let (Some(on_cancel), false) = (&args.on_cancel, is_async) {
        let wrong = "`on_cancel` needs an `async fn`: a sync call cannot be cancelled";
        diagnostics.report(&on_cancel.key, wrong, "remove `on_cancel`");
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
            diagnostics.report(path, wrong, "name another function, or give a value");
        }
        Fallback::Closure(closure) => {
            check_arity(closure, function, diagnostics);
            if let (Some(word), None) = (&closure.asyncness, &signature.asyncness) {
                let wrong = format!("`{}` is not async and cannot await", signature.ident);
                diagnostics.report(word, wrong, "remove `async` from the fallback");
            }
        }
        _ => {}
    }
    if answers_failures(args) {
        check_kept(fallback, function, diagnostics);
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

/// After a failed call the arguments are gone, unless they can be kept aside.
fn check_kept(fallback: &Fallback, function: &Function, diagnostics: &mut Diagnostics) {
    let help = "keep the fallback to rejections: `fallback_on = \"rejection\"`";
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
            let wrong = "`fallback_on = \"failure\"` cannot keep this `self` for the fallback";
            diagnostics.report(receiver.self_token, wrong, help);
        }
    }
    for (index, (pattern, ty)) in parameters(function).enumerate() {
        let is_used = match fallback {
            Fallback::Closure(closure) => !matches!(closure.inputs.get(index), Some(Pat::Wild(_))),
            _ => wants(&plain(pattern)),
        };
        if is_used && matches!(ty, Type::Reference(to) if to.mutability.is_some()) {
            let wrong =
                "`fallback_on = \"failure\"` cannot keep a `&mut` argument for the fallback";
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
