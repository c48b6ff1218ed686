//! Rules for a fallback and its function.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;
use syn::{Expr, ExprClosure, FnArg, Ident, Pat, PatType, Type};

use crate::args::{Args, Fallback};
use crate::diagnostics::{Diagnostics, parameter_list};
use crate::item::function::Function;
use crate::item::parameters::{SelfAccess, Want, bound_name, is_renamed, self_access, typed};
use crate::tokens::mentions;

pub(super) fn check(
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
        Fallback::Inline(Expr::Async(block)) if !function.is_async() => {
            let wrong = format!("`{}` is not async and cannot await", signature.ident);
            diagnostics.report(block.async_token, wrong, "remove `async` from the fallback");
        }
        _ => {}
    }
    check_names(args, fallback, function, diagnostics);
    if args.falls_back_on_failure() {
        let what = "`fallback_on = \"failure\"`";
        let help = "keep the fallback to rejections: `fallback_on = \"rejection\"`";
        check_saved(fallback, function, what, help, diagnostics);
    } else if function.makes_future() {
        let what = "a function that returns a future";
        let help = "make it an `async fn`, or give a fallback that does not need it";
        check_saved(fallback, function, what, help, diagnostics);
    }
}

/// Refuses the bare name of a method of the block. The compiler would look for a free function of
/// that name, and suggest `self.name(name)` instead.
pub(super) fn check_bare_method(
    fallback: &Fallback,
    methods: &[&Ident],
    diagnostics: &mut Diagnostics,
) {
    let Fallback::Path(path) = fallback else { return };
    let Some(name) = path.path.get_ident() else { return };
    if methods.contains(&name) {
        let wrong = format!("`{name}` is a method of this block, and no function alone");
        diagnostics.report(name, wrong, format_args!("write `fallback = Self::{name}`"));
    }
}

fn check_arity(closure: &ExprClosure, function: &Function, diagnostics: &mut Diagnostics) {
    let signature = &function.signature;
    let (found, wanted) = (closure.inputs.len(), typed(signature).count());
    if found == wanted || found == wanted + 1 {
        return;
    }
    let s = if wanted == 1 { "" } else { "s" };
    let wrong = format!(
        "the fallback of `{}` takes {wanted} argument{s}, or {} with the cause, found {found}",
        signature.ident,
        wanted + 1
    );
    let mut names: Vec<_> = typed(signature).map(closure_name).collect();
    let without = names.join(", ");
    names.push("cause".into());
    let with = names.join(", ");
    let help = format!("write `|{without}| ...` or `|{with}| ...`");
    diagnostics.report(parameter_list(closure), wrong, help);
}

/// Refuses a `key` or `breaker` that uses a name which the fallback hides. A fallback that is
/// called takes each argument whole; a pattern that is no expression then becomes one name.
fn check_names(
    args: &Args,
    fallback: &Fallback,
    function: &Function,
    diagnostics: &mut Diagnostics,
) {
    let is_inline = matches!(fallback, Fallback::Inline(_));
    if is_inline && !args.falls_back_on_failure() && !function.makes_future() {
        return;
    }
    for value in [&args.key, &args.breaker].into_iter().flatten().map(|arg| &arg.value) {
        let asks_for = |name: &str| mentions(value.to_token_stream(), name);
        for (index, typed) in typed(&function.signature).enumerate() {
            if !is_renamed(&typed.pat, Want::of(fallback, index)) {
                continue;
            }
            let hidden = bound(typed.pat.to_token_stream());
            if let Some(name) = hidden.into_iter().find(|name| asks_for(name)) {
                let wrong = format!(
                    "`{name}` is not there for this, as the fallback takes what it is part of"
                );
                let help = "take the argument by a plain name, and take it apart in the body";
                diagnostics.report(value, wrong, help);
            }
        }
    }
}

/// The identifiers in a pattern. The pattern binds some of them.
fn bound(pattern: TokenStream) -> Vec<String> {
    let mut names = Vec::new();
    for token in pattern {
        match token {
            TokenTree::Ident(name) => names.push(name.to_string()),
            TokenTree::Group(group) => names.extend(bound(group.stream())),
            _ => {}
        }
    }
    names.retain(|name| name != "_" && name != "mut" && name != "ref");
    names
}

/// Refuses arguments that cannot be cloned for the fallback. The arguments themselves are gone
/// after a failed call, and once a future has been made.
fn check_saved(
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
        let cannot_keep = match self_access(receiver) {
            SelfAccess::Shared => false,
            SelfAccess::Exclusive => true,
            // A path is called with a clone.
            SelfAccess::Owned => !matches!(fallback, Fallback::Path(_)),
        };
        if cannot_keep && wants("self") {
            let wrong = format!("{what} cannot keep this `self` for the fallback");
            diagnostics.report(receiver.self_token, wrong, help);
        }
    }
    for (index, typed) in typed(&function.signature).enumerate() {
        let is_used = match fallback {
            Fallback::Closure(closure) => !matches!(closure.inputs.get(index), Some(Pat::Wild(_))),
            _ => wants(&closure_name(typed)),
        };
        if is_used && matches!(&*typed.ty, Type::Reference(to) if to.mutability.is_some()) {
            let wrong = format!("{what} cannot keep a `&mut` argument for the fallback");
            diagnostics.report(&typed.ty, wrong, help);
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

/// A name for the parameter that a closure can use.
fn closure_name(typed: &PatType) -> String {
    bound_name(&typed.pat).map_or_else(|| "_".into(), Ident::to_string)
}
