//! Runs the body under its permit.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::Expr;
use syn::spanned::Spanned;

use super::context::Context;
use super::judge;
use super::rejection::converted;
use super::ring::Ring;
use super::span::SpanRange;
use super::stream::refused;
use crate::args::OnCancel;
use crate::args::value::Value;
use crate::plan::{Bound, Judge, Steps, Timeout};
use crate::tokens::mentions;

/// The call of one function of the core: `call(SOURCE, BODY)`, or `call_async(SOURCE, BODY).await`.
pub(super) fn plain(source: &TokenStream, body: &TokenStream, context: &Context) -> TokenStream {
    let range = SpanRange::of(&context.returns);
    let arguments = hygienic!(#source, #body);
    if context.is_async {
        // The compiler reports a refused return type at the call, and again at the `await`, which
        // is one token. If both have one span, it drops the second error.
        let range = SpanRange { end: range.start, ..range };
        let call = context.call(&hygienic!(call_async), range, &arguments);
        hygienic_at!(range.end => #call.await)
    } else {
        context.call(&hygienic!(call), range, &arguments)
    }
}

/// The output of the body under `permit`. If the `timeout` runs out first, its error takes the
/// output's place, with or without a fallback for rejections.
pub(super) fn to_output(steps: &Steps<'_>, body: &TokenStream, context: &Context) -> TokenStream {
    let private = &context.private;
    if context.is_async {
        let run = future(steps, body, None, context);
        if !has_limit(steps) {
            return hygienic!(#run.await);
        }
        let late = refused(&converted(steps.error, context), context);
        return hygienic! {
            match #run.await {
                ::core::result::Result::Ok(__breaker_output) => __breaker_output,
                ::core::result::Result::Err(__breaker_error) => #late,
            }
        };
    }
    if context.head.is_some() {
        let (judge, place) = (judge::emit(&steps.judge, context), place(context));
        return hygienic!(#private::stream::run_head(__breaker_permit, #body, #judge, #place));
    }
    if let Some(place) = &context.place {
        let judge = judge::emit(&steps.judge, context);
        return hygienic!(#private::run_twin(__breaker_permit, #body, #judge, #place));
    }
    match steps.judge {
        Judge::Type => {
            // With the type spelled out, the compiler reports the type and not the call.
            let returns = &context.returns;
            hygienic!(#private::run_fallible::<_, #returns>(__breaker_permit, #body))
        }
        Judge::Patterns { .. } | Judge::Never => {
            let judge = judge::emit(&steps.judge, context);
            hygienic!(#private::run(__breaker_permit, #body, #judge))
        }
    }
}

/// The body under `permit`, as the cause that the fallback gets: a failed output, or a `timeout`
/// that ran out. Any other output is returned. A failed output at the end of a ring of fallbacks is
/// returned too.
/// ```text
/// match RUN {
///     Ok(output) => return output,
///     Err((output, falling)) => (Cause::Failed(output), falling),
/// }
/// ```
pub(super) fn to_cause(
    steps: &Steps<'_>,
    body: &TokenStream,
    ring: &Ring,
    context: &Context,
) -> TokenStream {
    let private = &context.private;
    let run = if context.is_async {
        let run = future(steps, body, Some(ring), context);
        hygienic!(#private::or_failed(#run, __breaker_site).await)
    } else {
        let judge = judge::emit(&steps.judge, context);
        let place = place(context);
        let run = match context.head {
            Some(_) => hygienic!(stream::run_head_or_fail),
            None => hygienic!(run_or_fail),
        };
        hygienic!(#private::#run(__breaker_permit, #body, #judge, __breaker_site, #place))
    };
    if context.head.is_some() {
        return head_to_cause(steps, &run, ring, context);
    }
    let (output, cause) = if steps.timeout.is_some() {
        let answer = &ring.answer;
        let output = hygienic! {
            ::core::result::Result::Ok(::core::result::Result::Ok(__breaker_output)) => return __breaker_output,
            ::core::result::Result::Ok(::core::result::Result::Err(__breaker_error)) => return #answer,
        };
        (output, hygienic!(#private::cause(__breaker_ended)))
    } else {
        let output =
            hygienic!(::core::result::Result::Ok(__breaker_output) => return __breaker_output,);
        (output, hygienic!(#private::Cause::Failed(__breaker_ended)))
    };
    hygienic! {
        match #run {
            #output
            ::core::result::Result::Err((__breaker_ended, __breaker_falling)) => (#cause, __breaker_falling),
        }
    }
}

/// The head of a stream as the cause that the fallback gets. A head that goes on leaves the block.
/// ```text
/// match RUN {
///     Ok(head) => break 'head head,
///     Err((Head::Answered(output), falling)) => (Cause::Failed(output), falling),
///     Err((head, _)) => break 'head head,
/// }
/// ```
fn head_to_cause(
    steps: &Steps<'_>,
    run: &TokenStream,
    ring: &Ring,
    context: &Context,
) -> TokenStream {
    let Context { private, leave, .. } = context;
    let failed = hygienic!((#private::Cause::Failed(__breaker_output), __breaker_falling));
    let head = hygienic!(#private::stream::Head::Answered(__breaker_output));
    if !(context.is_async && has_limit(steps)) {
        return hygienic! {
            match #run {
                ::core::result::Result::Ok(__breaker_head) => #leave __breaker_head,
                ::core::result::Result::Err((#head, __breaker_falling)) => #failed,
                ::core::result::Result::Err((__breaker_head, _)) => #leave __breaker_head,
            }
        };
    }
    let answer = &ring.answer;
    hygienic! {
        match #run {
            ::core::result::Result::Ok(::core::result::Result::Ok(__breaker_head)) => #leave __breaker_head,
            ::core::result::Result::Ok(::core::result::Result::Err(__breaker_error)) => #leave #answer,
            ::core::result::Result::Err((::core::result::Result::Ok(#head), __breaker_falling)) => #failed,
            ::core::result::Result::Err((::core::result::Result::Ok(__breaker_head), _)) => #leave __breaker_head,
            ::core::result::Result::Err((::core::result::Result::Err(__breaker_error), __breaker_falling)) => {
                (#private::Cause::TimedOut(__breaker_error), __breaker_falling)
            }
        }
    }
}

/// Returns true if the body has a time limit: `timeout`, or `first` of a stream.
fn has_limit(steps: &Steps<'_>) -> bool {
    steps.timeout.is_some() || steps.watch.as_ref().is_some_and(|watch| watch.first.is_some())
}

/// The shorter of `timeout` and `first`, as a function. The time to the first item includes the
/// body.
fn head_length(steps: &Steps<'_>, context: &Context) -> Option<TokenStream> {
    let timeout = steps.timeout.as_ref().map(|timeout| length_function(timeout, context));
    let first = steps.watch.as_ref().and_then(|watch| watch.first.as_ref());
    let first = first.map(|first| length_function(first, context));
    match (timeout, first) {
        (Some(timeout), Some(first)) => {
            Some(hygienic!(|| ::core::cmp::Ord::min((#timeout)(), (#first)())))
        }
        (timeout, first) => timeout.or(first),
    }
}

/// The place of this attribute among those of its function.
fn place(context: &Context) -> TokenStream {
    let private = &context.private;
    context.place.clone().unwrap_or_else(|| hygienic!(#private::Innermost))
}

/// The future that polls the body under `permit`, up to its `timeout`. With `ring`, a fallback
/// answers when the time runs out.
fn future(
    steps: &Steps<'_>,
    body: &TokenStream,
    ring: Option<&Ring>,
    context: &Context,
) -> TokenStream {
    let private = &context.private;
    let judge = judge::emit(&steps.judge, context);
    let permit = match steps.cancel {
        OnCancel::Failure => hygienic!(#private::failing_on_cancel(__breaker_permit)),
        OnCancel::Ignore => hygienic!(__breaker_permit),
    };
    let arguments = hygienic!(#permit, #body, #judge);
    let place = place(context);
    let ring = match ring {
        Some(Ring { carries, .. }) => {
            hygienic!(::core::option::Option::Some((__breaker_site, #carries)))
        }
        None => hygienic!(::core::option::Option::None),
    };
    if context.head.is_some() {
        return match head_length(steps, context) {
            None => hygienic!(#private::stream::run_head_async(#arguments, #place)),
            Some(length) => {
                hygienic!(#private::stream::run_head_within(#arguments, #length, #ring, #place))
            }
        };
    }
    match &steps.timeout {
        Some(length) => {
            let length = length_function(length, context);
            hygienic!(#private::run_within(#arguments, #length, #ring, #place))
        }
        None if context.place.is_some() => {
            hygienic!(#private::run_async_twin(#arguments, #place))
        }
        None => hygienic!(#private::run_async(#arguments)),
    }
}

/// `timeout` as a function. A constant is checked by the rule for literals, in an item: the
/// compiler evaluates an item even if the function is never called. An item cannot use `Self`, so a
/// path through `Self` is checked in an inline constant.
/// ```text
/// || Duration::new(10, 0)
/// { const __TIMEOUT: Duration = { CHECK; PATH }; || __TIMEOUT }
/// || const { CHECK; PATH }
/// ```
/// If `timeout` or `probe_timeout` is a constant, `bounded` compares the two. Beside a `config`,
/// `bounded_by_config` does.
pub(super) fn length_function(timeout: &Timeout<'_>, context: &Context) -> TokenStream {
    let Timeout { key, length, bound } = timeout;
    let (compare, bound, constant) = match bound {
        Some(Bound::Key(bound)) => (hygienic!(bounded), bound.to_token_stream(), bound.constant()),
        Some(Bound::Config(path)) => (hygienic!(bounded_by_config), path.to_token_stream(), None),
        None => (TokenStream::new(), TokenStream::new(), None),
    };
    // The check phase has compared two literals already.
    let is_compared = match timeout.bound {
        Some(Bound::Key(_)) => length.constant().or(constant).is_some(),
        Some(Bound::Config(_)) => true,
        None => false,
    };
    let mut checked = match length {
        Value::Constant(path) => checked_length(key, path),
        Value::Literal(..) if is_compared => length.to_token_stream(),
        Value::Literal(..) => return hygienic!(|| #length),
    };
    if is_compared {
        let range = match (length, constant) {
            (Value::Constant(path), _) | (Value::Literal(..), Some(path)) => SpanRange::of(path),
            (Value::Literal(_, span), None) => SpanRange::at(*span),
        };
        let rule = format!(
            "`{key}` must not be longer than `probe_timeout`: a probe would lose its slot before its time is over"
        );
        checked = context.call(&compare, range, &hygienic!(#checked, #bound, #rule));
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

/// A constant length, checked by the rule for literals.
fn checked_length(key: &str, path: &Expr) -> TokenStream {
    let bound = hygienic_at!(path.span() => let __breaker_length: ::core::time::Duration = #path;);
    let rule = format!("`{key}` must be more than zero");
    let rule = hygienic_at!(path.span() => ::core::assert!(!__breaker_length.is_zero(), #rule));
    hygienic!({ #bound #rule; __breaker_length })
}
