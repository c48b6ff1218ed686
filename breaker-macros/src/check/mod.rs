//! Rules that concern several arguments, or the arguments and the function.

mod fallback;
mod idle;
mod signature;
mod stream;
mod tuning;

use syn::ext::IdentExt;
use syn::{Expr, ExprLit, Lit, Pat, Path};

use crate::args::arm::Arm;
use crate::args::keys::is_tuning;
use crate::args::{Arg, Args};
use crate::diagnostics::{Diagnostics, spell};
use crate::item::block::{ImplBlock, Method, MethodAttr};
use crate::item::function::Function;

/// Applies the rules for arguments that need no function.
pub(crate) fn arguments(args: &Args, diagnostics: &mut Diagnostics) {
    if let Some(failure) = &args.failure {
        check_failure(failure, diagnostics);
    }
    if !cfg!(feature = "tokio") {
        refuse_timeout(args, diagnostics);
    }
    stream::arguments(args, diagnostics);
    tuning::check(args, diagnostics);
    if let (Some(on), false) = (&args.fallback_on, args.has("fallback")) {
        let wrong = "`fallback_on` needs a `fallback`";
        diagnostics.report(&on.key, wrong, "add `fallback = path::to::function`");
    }
    check_error(args, diagnostics);
    check_breaker(args, diagnostics);
}

/// Applies the rules for a function with these arguments.
pub(crate) fn function(args: &Args, function: &Function, diagnostics: &mut Diagnostics) {
    idle::check(args, &[], diagnostics);
    signature::check(function, diagnostics);
    signature::check_inherited(args, function, diagnostics);
    signature::check_twins(args, &function.attributes, diagnostics);
    signature::check_constants(args, function, diagnostics);
    signature::check_async_keys(args, function, diagnostics);
    stream::function(args, function, diagnostics);
    if let Some(fallback) = &args.fallback {
        fallback::check(args, &fallback.value, function, diagnostics);
    }
}

/// Applies the rules for a block, and for each of its methods.
pub(crate) fn block(args: &Args, block: &ImplBlock, diagnostics: &mut Diagnostics) {
    idle::check(args, &own_attributes(block).collect::<Vec<_>>(), diagnostics);
    signature::check_twins(args, &block.attributes, diagnostics);
    if block.methods().all(Method::is_skipped) {
        let wrong = "this `impl` block has no method to guard";
        let help = "remove the attribute, or put it on the functions that make calls";
        diagnostics.report(block.impl_token, wrong, help);
    }
    let names: Vec<_> = block.methods().map(|method| &method.function.signature.ident).collect();
    let of_methods = own_attributes(block).filter_map(|own| own.fallback.as_ref());
    for fallback in of_methods.chain(&args.fallback) {
        fallback::check_bare_method(&fallback.value, &names, diagnostics);
    }
    for of in own_attributes(block).chain([args]) {
        check_bare_predicates(of, block, diagnostics);
    }
    let block_is_right = diagnostics.is_empty();
    for method in block.methods().filter(|method| !method.is_skipped()) {
        let MethodAttr::Own(own) = &method.attr else {
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

/// The attributes on the methods of a block.
fn own_attributes(block: &ImplBlock) -> impl Iterator<Item = &Args> {
    block.methods().filter_map(|method| match &method.attr {
        MethodAttr::Own(own) => Some(&**own),
        MethodAttr::Absent | MethodAttr::Skip => None,
    })
}

/// Refuses the bare name of a method of the block as a predicate. The compiler would look for a
/// free function of that name.
fn check_bare_predicates(args: &Args, block: &ImplBlock, diagnostics: &mut Diagnostics) {
    for arms in [&args.failure, &args.ignore, &args.trip].into_iter().flatten() {
        for arm in &arms.value {
            let Arm::Predicate(Expr::Path(path)) = arm else { continue };
            let Some(name) = path.path.get_ident() else { continue };
            let mut methods = block.methods().map(|method| &method.function.signature);
            let Some(method) = methods.find(|method| method.ident == *name) else { continue };
            let wrong = format!("`{name}` is a method of this block, and no function alone");
            let help = match method.receiver() {
                Some(_) => format!("write `{} = |r| self.{name}(r)`", arms.key),
                None => format!("write `{} = Self::{name}`", arms.key),
            };
            diagnostics.report(name, wrong, help);
        }
    }
}

/// Refuses a string as the value of `breaker`, and name or tuning beside `breaker`: both are set
/// where that breaker is made.
fn check_breaker(args: &Args, diagnostics: &mut Diagnostics) {
    let Some(breaker) = &args.breaker else { return };
    if let Expr::Lit(ExprLit { lit: Lit::Str(name), .. }) = &breaker.value {
        let found = name.token();
        let wrong = format!("expected a breaker for `breaker`, found `{found}`");
        diagnostics.report(name, wrong, format!("a name is given by `name = {found}`"));
    }
    for key in args.written() {
        let word = key.to_string();
        let help = if word == "config" {
            let config =
                args.config.as_ref().map_or_else(|| "config".into(), |arg| spell(&arg.value));
            format!("give it where that breaker is made: `Breaker::new(name, {config})`")
        } else if is_tuning(&word) {
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

/// Refuses `timeout` without the feature `tokio`, which brings the timer.
fn refuse_timeout(args: &Args, diagnostics: &mut Diagnostics) {
    if let Some(timeout) = &args.timeout {
        let wrong = "`timeout` needs the feature `tokio` of `breakerbox`";
        let help = "enable it in Cargo.toml: `breakerbox = { features = [\"tokio\"] }`";
        diagnostics.report(&timeout.key, wrong, help);
    }
}

/// Refuses `error` beside a fallback that calls nothing, since no ring of fallbacks can lead back
/// to the function. A `timeout` keeps `error` in use.
fn check_error(args: &Args, diagnostics: &mut Diagnostics) {
    let (Some(error), Some(fallback)) = (&args.error, &args.fallback) else { return };
    let limits_head = args.stream.as_ref().is_some_and(|stream| stream.value.first.is_some());
    let has_limit = args.has("timeout") || limits_head;
    let converts_timeout = !args.falls_back_on_failure() && has_limit;
    if fallback.value.may_call() || converts_timeout || args.inherits("error") {
        return;
    }
    let wrong = "`error` has nothing to convert: this `fallback` answers every rejection";
    diagnostics.report(&error.key, wrong, "remove one of `error` and `fallback`");
}

/// Refuses a `failure` that lists `Ok` patterns alone. The list replaces the default, so an `Err`
/// would count as a success.
fn check_failure(failure: &Arg<Vec<Arm>>, diagnostics: &mut Diagnostics) {
    let is_ok_only = |arm: &Arm| match arm {
        Arm::Pattern { pattern, .. } => names_ok_only(pattern),
        Arm::Predicate(_) => false,
    };
    if failure.value.iter().all(is_ok_only) {
        let listed = failure.value.iter().map(|arm| format!(", {}", arm.spell()));
        let help = format!("write `failure(Err(_){})`", listed.collect::<String>());
        let wrong = "`failure` names only `Ok` values, so every `Err` would be a success";
        diagnostics.report(&failure.key, wrong, help);
    }
}

fn names_ok_only(pattern: &Pat) -> bool {
    let is_ok = |path: &Path| path.segments.last().is_some_and(|last| last.ident == "Ok");
    match pattern {
        Pat::TupleStruct(variant) => is_ok(&variant.path),
        Pat::Struct(variant) => is_ok(&variant.path),
        Pat::Ident(named) => named.subpat.iter().any(|(_, inner)| names_ok_only(inner)),
        Pat::Reference(reference) => names_ok_only(&reference.pat),
        Pat::Or(or) => or.cases.iter().all(names_ok_only),
        Pat::Paren(paren) => names_ok_only(&paren.pat),
        _ => false,
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
