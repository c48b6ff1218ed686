//! The run of the body under its permit.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::Expr;
use syn::spanned::Spanned;

use super::context::Context;
use super::judge;
use super::rejection::converted;
use super::span::SpanRange;
use crate::args::OnCancel;
use crate::args::value::Value;
use crate::plan::{Judge, Steps, Timeout};
use crate::tokens::mentions;

/// The call by one function of the core: `call(SOURCE, BODY)`, or
/// `call_async(SOURCE, BODY).await`.
pub(super) fn plain(source: &TokenStream, body: &TokenStream, context: &Context) -> TokenStream {
    let range = SpanRange::of(&context.returns);
    let arguments = hygienic!(#source, #body);
    if context.is_async {
        // The compiler reports a return type that it refuses at the call, and again at the
        // `await`, which is one token. If both have one span, it drops the second error.
        let range = SpanRange { end: range.start, ..range };
        let call = context.call(&hygienic!(call_async), range, &arguments);
        hygienic_at!(range.end => #call.await)
    } else {
        context.call(&hygienic!(call), range, &arguments)
    }
}

/// The output of the body under `permit`. If `timeout` is over before the body is, the
/// error takes its place, whether or not a fallback answers rejections.
pub(super) fn to_output(steps: &Steps<'_>, body: &TokenStream, context: &Context) -> TokenStream {
    let private = &context.private;
    if context.is_async {
        let run = future(steps, body, context);
        if steps.timeout.is_none() {
            return hygienic!(#run.await);
        }
        let late = converted(steps.error, context);
        return hygienic! {
            match #run.await {
                ::core::result::Result::Ok(output) => output,
                ::core::result::Result::Err(error) => #late,
            }
        };
    }
    match steps.judge {
        Judge::Type => {
            // With the type spelled out, the compiler reports it, and not the call.
            let returns = &context.returns;
            hygienic!(#private::run_fallible::<_, #returns>(permit, #body))
        }
        Judge::Patterns { .. } => {
            let judge = judge::emit(&steps.judge, context);
            hygienic!(#private::run(permit, #body, #judge))
        }
    }
}

/// The body under `permit`, as `Result<Output, Cause<Output>>`: a failed output, and a
/// `timeout` that is over, are causes for the fallback.
pub(super) fn to_cause(steps: &Steps<'_>, body: &TokenStream, context: &Context) -> TokenStream {
    let private = &context.private;
    let run = if context.is_async {
        let run = future(steps, body, context);
        hygienic!(#private::or_failed(#run).await)
    } else {
        let judge = judge::emit(&steps.judge, context);
        hygienic!(#private::run_or_fail(permit, #body, #judge))
    };
    if steps.timeout.is_some() {
        hygienic!(#private::settled(#run))
    } else {
        hygienic!(#run.map_err(#private::Cause::Failed))
    }
}

/// The future that polls the body under `permit`, up to its `timeout`.
fn future(steps: &Steps<'_>, body: &TokenStream, context: &Context) -> TokenStream {
    let private = &context.private;
    let judge = judge::emit(&steps.judge, context);
    let permit = match steps.cancel {
        OnCancel::Failure => hygienic!(#private::failing_on_cancel(permit)),
        OnCancel::Ignore => hygienic!(permit),
    };
    let arguments = hygienic!(#permit, #body, #judge);
    match &steps.timeout {
        Some(timeout) => {
            let length = length_function(timeout, context);
            hygienic!(#private::run_within(#arguments, #length))
        }
        None => hygienic!(#private::run_async(#arguments)),
    }
}

/// `timeout` as a function. A constant is checked by the rule for literals, in an item:
/// the compiler evaluates an item even if the function is never called. But an item cannot
/// use `Self`, so a path through `Self` is checked in an inline constant.
/// ```text
/// || Duration::new(10, 0)
/// { const __TIMEOUT: Duration = { CHECK; PATH }; || __TIMEOUT }
/// || const { CHECK; PATH }
/// ```
/// Beside a `probe_timeout`, if one of the two is a constant, `bounded_timeout` compares them.
fn length_function(timeout: &Timeout<'_>, context: &Context) -> TokenStream {
    let Timeout { length, bound } = timeout;
    let bound = bound.filter(|bound| (length.constant().or(bound.constant())).is_some());
    let mut checked = match length {
        Value::Constant(path) => checked_length(path),
        Value::Literal(..) if bound.is_some() => length.to_token_stream(),
        Value::Literal(..) => return hygienic!(|| #length),
    };
    if let Some(bound) = bound {
        let at = length.constant().or(bound.constant());
        let range = at.map_or(SpanRange::at(Span::mixed_site()), |path| SpanRange::of(path));
        checked = context.call(&hygienic!(bounded_timeout), range, &hygienic!(#checked, #bound));
    }
    let values = hygienic!(#length #bound);
    if mentions(values, "Self") {
        return hygienic!(|| const { #checked });
    }
    hygienic! {{
        const __TIMEOUT: ::core::time::Duration = #checked;
        || __TIMEOUT
    }}
}

/// A constant `timeout`, checked by the rule for literals.
fn checked_length(path: &Expr) -> TokenStream {
    let bound = hygienic_at!(path.span() => let length: ::core::time::Duration = #path;);
    let rule = "`timeout` must be more than zero";
    let rule = hygienic_at!(path.span() => ::core::assert!(!length.is_zero(), #rule));
    hygienic!({ #bound #rule; length })
}
