//! A function that returns a stream: its head is a call under a permit, and the permit goes on
//! into the stream.
//!
//! ```text
//! fn f(ARGS) -> Result<impl Stream, E> { BODY }
//! fn f(ARGS) -> Result<impl Stream, E> {
//!     let head = 'head: {
//!         match acquire(SOURCE) {
//!             Ok(permit) => run_head(permit, BODY, JUDGE, PLACE),
//!             Err(error) => Head::Answered(REJECTED),
//!         }
//!     };
//!     return finish_result(head, WATCH);
//! }
//! ```
//! In other expansions a jump leaves the function; here it leaves the block `'head`.

use proc_macro2::TokenStream;
use syn::Expr;

use super::context::Context;
use super::judge;
use super::run::length_function;
use super::span::SpanRange;
use crate::plan::{Covered, Judge, Steps, Timeout, Watch};

/// The function's answer, made from the head.
/// ```text
/// {
///     let head = 'head: { CALL };
///     items::<ITEM, _, _, _>(&head);
///     boxed_reply(finish(head, WATCH, REFUSE))
/// }
/// ```
pub(super) fn finished(
    watch: &Watch<'_>,
    steps: &Steps<'_>,
    call: &TokenStream,
    context: &Context,
) -> TokenStream {
    let range = SpanRange::of(&context.returns);
    let watched = watching(watch, steps, context);
    let returned = watch.returned;
    let answer = if returned.is_result {
        let arguments = hygienic!(__breaker_head, #watched);
        context.call(&hygienic!(stream::finish_result), range, &arguments)
    } else {
        let refused = refusing(watch, steps, context);
        let arguments = hygienic!(__breaker_head, #watched, #refused);
        context.call(&hygienic!(stream::finish), range, &arguments)
    };
    let answer = match (returned.is_opaque, returned.is_result) {
        (true, _) => answer,
        (false, true) => context.call(&hygienic!(stream::boxed_result), range, &answer),
        (false, false) => context.call(&hygienic!(stream::boxed_reply), range, &answer),
    };
    // The compiler may need the item type of an `impl Stream` to infer the type of the body.
    let typed = watch.item.as_ref().map(|item| {
        let range = SpanRange::of(item);
        let function = if returned.is_result {
            hygienic!(stream::result_items::<#item, _, _, _, _>)
        } else {
            hygienic!(stream::items::<#item, _, _, _>)
        };
        context.call(&function, range, &hygienic!(&__breaker_head))
    });
    let typed = typed.map(|typed| hygienic!(#typed;));
    hygienic!({
        #[allow(unused_labels)]
        let __breaker_head = 'head: { #call };
        #typed
        #answer
    })
}

/// The closure that watches the stream.
/// ```text
/// |permit, stream, spent, items| {
///     use AnyItems as _, ResultItems as _;
///     let kind = items.kind();
///     within(watch(permit, stream, JUDGE, [UNTIL_FIRST, FAIL_ON_CANCEL]), FIRST, STALL, spent, LAST)
/// }
/// ```
fn watching(watch: &Watch<'_>, steps: &Steps<'_>, context: &Context) -> TokenStream {
    let private = &context.private;
    let judge = match watch.failure {
        Some(failure) => {
            let patterns = Judge::Patterns {
                failure: Some(failure),
                ignore: None,
                trip: None,
                retry_after: None,
            };
            // The stream outlives the function, so the closure takes its captures by `move`.
            let judge = judge::emit(&patterns, context);
            hygienic!(#private::stream::judge_items(__breaker_items, move #judge))
        }
        None => hygienic!(__breaker_kind.judge),
    };
    let (until, cancel) = (watch.until_first, steps.fails_on_cancel());
    let watched = hygienic! {
        #private::stream::watch(__breaker_permit, __breaker_stream, #judge, [#until, #cancel])
    };
    let watched = if watch.first.is_none() && watch.stall.is_none() {
        watched
    } else {
        let option = |limit: &Option<Timeout<'_>>| match limit {
            Some(limit) => {
                let length = length_function(limit, context);
                hygienic!(::core::option::Option::Some((#length)()))
            }
            None => hygienic!(::core::option::Option::None),
        };
        let (first, stall) = (option(&watch.first), option(&watch.stall));
        let last = match watch.error {
            Some(map) => last_by(map, context),
            None => hygienic!(__breaker_kind.last),
        };
        hygienic!(#private::stream::within(#watched, #first, #stall, __breaker_spent, #last))
    };
    let kind = kind(context);
    hygienic! {
        |__breaker_permit, __breaker_stream, __breaker_spent, __breaker_items| { #kind #watched }
    }
}

/// The closure that makes the single item of a call that got no stream.
fn refusing(watch: &Watch<'_>, steps: &Steps<'_>, context: &Context) -> TokenStream {
    let private = &context.private;
    let item = match (watch.error, &steps.covered) {
        (Some(map), _) => {
            let last = last_by(map, context);
            hygienic!(#private::stream::LastItem::last_item(&mut #last, __breaker_error))
        }
        // The fallback answers a rejection, so only a call that timed out comes here.
        (None, Covered::Rejections(_) | Covered::Failures(_)) => {
            let kind = kind(context);
            hygienic!(#kind #private::stream::LastItem::last_item(&mut { __breaker_kind.last }, __breaker_error))
        }
        (None, Covered::Nothing) => {
            let range = SpanRange::of(&context.returns);
            let arguments = hygienic!(__breaker_error, __breaker_items);
            context.call(&hygienic!(stream::refused), range, &arguments)
        }
    };
    hygienic!(|__breaker_error, __breaker_items| { #item })
}

fn kind(context: &Context) -> TokenStream {
    let private = &context.private;
    hygienic! {
        #[allow(unused_imports)]
        use #private::stream::{AnyItems as _, ResultItems as _};
        let __breaker_kind = __breaker_items.kind();
    }
}

fn last_by(map: &Expr, context: &Context) -> TokenStream {
    let arguments = hygienic!(__breaker_items, #map);
    context.call(&hygienic!(stream::last_by), SpanRange::of(map), &arguments)
}

/// The head of a finished call, with `answer` in its place.
pub(super) fn answered(answer: &TokenStream, context: &Context) -> TokenStream {
    let private = &context.private;
    match context.head {
        Some(_) => hygienic!(#private::stream::Head::Answered(#answer)),
        None => answer.clone(),
    }
}

/// The answer that carries `error`. Without a `Result`, only an item can carry it.
pub(super) fn refused(answer: &TokenStream, context: &Context) -> TokenStream {
    let private = &context.private;
    match context.head {
        Some(returned) if !returned.is_result => {
            hygienic!(#private::stream::Head::Refused(__breaker_error))
        }
        _ => answered(answer, context),
    }
}
