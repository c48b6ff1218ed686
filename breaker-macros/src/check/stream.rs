//! Rules for `stream`.

use quote::ToTokens;
use syn::ext::IdentExt;

use super::check_failure;
use super::tuning::{duration_text, literal};
use crate::args::stream::Stream;
use crate::args::value::Value;
use crate::args::{Arg, Args};
use crate::diagnostics::Diagnostics;
use crate::item::function::Function;
use crate::item::stream::{self, StreamType};

/// Applies the rules that need no function.
pub(super) fn arguments(args: &Args, diagnostics: &mut Diagnostics) {
    if !cfg!(feature = "stream") {
        refuse(args, diagnostics);
    }
    if !cfg!(feature = "tokio") {
        refuse_limits(args, diagnostics);
    }
    let Some(Arg { value: stream, .. }) = &args.stream else { return };
    if let Some(failure) = &stream.failure {
        check_failure(failure, diagnostics);
    }
    if let (Some(stall), true) = (&stream.stall, stream.ends_at_first()) {
        let wrong = "`stall` has nothing to limit: the call ends with the first item";
        diagnostics.report(&stall.key, wrong, "remove one of `stall` and `until`");
    }
    check_first(args, stream, diagnostics);
}

/// Refuses `stream` without the feature `stream`, which brings the trait.
fn refuse(args: &Args, diagnostics: &mut Diagnostics) {
    if let Some(stream) = &args.stream {
        let wrong = "`stream` needs the feature `stream` of `breakerbox`";
        let help = "enable it in Cargo.toml: `breakerbox = { features = [\"stream\"] }`";
        diagnostics.report(&stream.key, wrong, help);
    }
}

/// Refuses limits without the feature `tokio`, which brings the timer.
fn refuse_limits(args: &Args, diagnostics: &mut Diagnostics) {
    let Some(Arg { value: stream, .. }) = &args.stream else { return };
    for limit in [&stream.first, &stream.stall].into_iter().flatten() {
        let wrong = format!("`{}` needs the feature `tokio` of `breakerbox`", limit.key);
        let help = "enable it in Cargo.toml: `breakerbox = { features = [\"stream\", \"tokio\"] }`";
        diagnostics.report(&limit.key, wrong, help);
    }
}

/// Refuses a `first` longer than the `probe_timeout`: a probe holds its slot up to the first item.
fn check_first(args: &Args, stream: &Stream, diagnostics: &mut Diagnostics) {
    let (Some(first), Some(bound)) = (&stream.first, literal(args.probe_timeout.as_ref())) else {
        return;
    };
    match first.value {
        Value::Literal(length, span) if length > bound => {
            let enough = duration_text(length);
            let wrong =
                format!("`first` must not be longer than `probe_timeout`, found `{length:?}`");
            let help = format!(
                "a probe would lose its slot before its time is over; write `probe_timeout = \"{enough}\"`"
            );
            diagnostics.report_at(span, wrong, help);
        }
        _ => {}
    }
}

/// Applies the rules for a function.
pub(super) fn function(args: &Args, function: &Function, diagnostics: &mut Diagnostics) {
    let Some(Arg { key, value: stream }) = &args.stream else { return };
    let Some(returned) = stream::returned(function.output()) else {
        return refuse_other(args, function, diagnostics);
    };
    let StreamType { is_result, .. } = returned;
    let has_limit = stream.first.is_some() || stream.stall.is_some();
    match &stream.error {
        Some(error) if is_result && !has_limit => {
            let wrong = "`error` of `stream` has nothing to convert: no time runs out";
            diagnostics.report(&error.key, wrong, "remove it, or add `stall = \"30s\"`");
        }
        _ => {}
    }
    if is_result {
        return;
    }
    let judges =
        [&args.failure, &args.ignore, &args.trip].map(|arg| arg.as_ref().map(|arg| &arg.key));
    let hint = args.retry_after.as_ref().map(|arg| &arg.key);
    for judge in
        judges.into_iter().flatten().chain(hint).filter(|key| !args.inherits(&key.to_string()))
    {
        let wrong =
            format!("`{judge}` judges what the function returns, and that is the stream itself");
        let help = format!("judge the items: `{key}(failure = Err(_))`");
        diagnostics.report(judge, wrong, help);
    }
    if let (Some(error), false) = (&args.error, args.inherits("error")) {
        let wrong =
            "`error` makes the error of a `Result`, and the function returns the stream itself";
        diagnostics.report(
            &error.key,
            wrong,
            format!("make that of an item: `{key}(error = |e| ...)`"),
        );
    }
}

/// Refuses a function that visibly returns no stream.
fn refuse_other(args: &Args, function: &Function, diagnostics: &mut Diagnostics) {
    let name = function.signature.ident.unraw();
    let wrong = format!("`{name}` returns no stream");
    let help = if args.inherits("stream") {
        "give `stream` to the methods that return one"
    } else {
        "remove `stream`, or return `impl Stream<Item = ...>`, `BoxStream`, or a `Result` of one"
    };
    match function.output() {
        Some(ty) => diagnostics.report(ty.to_token_stream(), wrong, help),
        None => diagnostics.report(&function.signature.ident, wrong, help),
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
        assert!(diagnostics.is_empty());
        check(&args, &mut diagnostics);
        diagnostics.into_tokens().unwrap_or_default().to_string()
    }

    #[test]
    fn stream_without_its_feature_is_refused() {
        let said = report(refuse, quote!(name = "llm", stream));
        assert!(said.contains("`stream` needs the feature `stream` of `breakerbox`"), "{said}");
        assert!(said.contains("help: enable it in Cargo.toml"), "{said}");
        assert_eq!(report(refuse, quote!(name = "llm")), "");
    }

    #[test]
    fn limits_without_the_feature_tokio_are_refused() {
        let said = report(refuse_limits, quote!(stream(first = "10s", stall = "30s")));
        for limit in ["first", "stall"] {
            let wrong = format!("`{limit}` needs the feature `tokio` of `breakerbox`");
            assert!(said.contains(&wrong), "{said}");
        }
        assert_eq!(report(refuse_limits, quote!(stream(until = "first"))), "");
    }
}
