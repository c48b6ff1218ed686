//! The expansion. Two forms, by what the arguments ask for:
//!
//! ```text
//! async fn f(ARGS) -> R { BODY }           // no word on failures or fallbacks:
//! async fn f(ARGS) -> R {
//!     __private::call_async(SITE, async move { BODY }).await
//! }
//!                                          // otherwise:
//! async fn f(ARGS) -> R {
//!     let permit = match __private::acquire(SITE) {
//!         Ok(permit) => permit,
//!         Err(error) => return REJECTED,
//!     };
//!     __private::run_async(permit, async move { BODY }, JUDGE).await
//! }
//! ```
//!
//! A future keeps room for whatever is alive while it waits, and for what has been
//! moved out of in part; so what `acquire` gives is not matched around the call.
//!
//! In a sync function the body is a closure, `|| -> R { BODY }`, passed straight
//! to a parameter of type `FnOnce`: bound to a name first, it would be taken for
//! `FnMut`, and could not return what `&mut self` lends.
//!
//! The arguments are taken by the body only when the call is admitted, so a
//! fallback for rejections takes them as they are. A future does not bind them
//! anew, which would store them once more; so those that it uses are dropped at
//! its end in the order of their first use, and those that it does not use after
//! it. A closure binds anew those that are `mut`: the compiler judges assignments
//! to what a closure borrows otherwise than to arguments.
//!
//! A function that returns a future of its own making is one of two: if its body
//! is nothing but an `async` block (as `#[async_trait]` leaves it), that block is
//! treated as the body of an `async fn`; otherwise the future is made as ever, and
//! then guarded:
//! ```text
//! fn f(ARGS) -> impl Future<Output = R> {
//!     let future = __private::make(|| -> _ { BODY });
//!     __private::bare(async move { __private::call_async(SITE, future).await })
//! }
//! ```
//!
//! Every name is absolute, or cannot be reached from the user's code.

/// `quote!` with names that the user's code cannot reach, nor shadow.
macro_rules! hygienic {
    ($($tokens:tt)*) => { ::quote::quote_spanned!(::proc_macro2::Span::mixed_site()=> $($tokens)*) };
}

/// The same, where errors are reported at the user's code.
macro_rules! hygienic_at {
    ($place:expr => $($tokens:tt)*) => {{
        let place = ::proc_macro2::Span::mixed_site().located_at($place);
        ::quote::quote_spanned!(place=> $($tokens)*)
    }};
}

mod assemble;
mod body;
mod breaker;
mod fallback;
mod judge;
mod rejection;
mod span;

use proc_macro2::TokenStream;
use syn::Ident;

use crate::args::{Args, OnCancel};
use crate::item::function::Function;
use crate::item::parameters::{self, Parameter};
use crate::item::returns;
use crate::item::shape::Shape;
use crate::tokens::brace_span;

use assemble::assemble;
use body::{async_block, closure, is_ready};
use breaker::BreakerExpr;
use fallback::SavedArgs;
use judge::is_by_type;
use rejection::Rejected;
use span::SpanRange;

pub(crate) use assemble::{block, unguarded};

/// What all parts of the expansion need to know.
struct Context {
    /// `::breakerbox::__private`
    private: TokenStream,
    is_async: bool,
    /// The return type, with `_` for each `impl Trait`.
    returns: TokenStream,
    /// Empty unless the fallback takes the arguments.
    parameters: Vec<Parameter>,
    /// The `self` that was kept for the fallback, if it was.
    receiver: Option<Ident>,
}

impl Context {
    /// `::breakerbox::__private::ITEM(ARGUMENTS)`, reported at `place` if it
    /// comes to that.
    fn call(&self, item: &TokenStream, place: SpanRange, arguments: &TokenStream) -> TokenStream {
        let private = &self.private;
        place.respan(hygienic!(#private::#item(#arguments)))
    }
}

/// The function as the user wrote it, guarded.
pub(crate) fn expand(args: &Args, mut function: Function) -> TokenStream {
    let makes_future = function.makes_future();
    let named = args.fallback.as_ref().is_some_and(|fallback| {
        fallback::takes_arguments(&fallback.value) || args.falls_back_on_failure() || makes_future
    });
    let is_ready = is_ready(args, &function);
    let is_closure = is_ready || makes_future || matches!(function.shape, Shape::Sync);
    let parameters = if named {
        parameters::name_all(&mut function.signature)
    } else if is_closure {
        let is_alone = is_plain(args) && args.key.is_none() && args.breaker.is_none();
        parameters::bind_mutable_anew(&mut function.signature, is_alone)
    } else {
        Vec::new()
    };
    let mut context = Context {
        private: private(args),
        is_async: function.is_async() && !is_ready,
        returns: returns::output(&function),
        parameters,
        receiver: None,
    };
    let BreakerExpr { before, source } = breaker::expression(args, &function, &context);
    let statements = match &function.shape {
        Shape::Sync => {
            guard_call(args, &function, &source, &closure(&function, &context), &context)
        }
        Shape::Async if is_ready => {
            guard_call(args, &function, &source, &closure(&function, &context), &context)
        }
        Shape::Async => {
            let body = async_block(&function.statements, function.body_span, &context);
            guard_call(args, &function, &source, &body, &context)
        }
        Shape::Future(future) => match &future.block {
            Some(block) => {
                let span = brace_span(&block.block);
                let body = async_block(&block.block.stream(), span, &context);
                block.around(guard_call(args, &function, &source, &body, &context))
            }
            None => returned(args, &function, &source, future.is_boxed, &mut context),
        },
    };
    assemble(&function, &hygienic!(#before #statements))
}

/// The body by way of the breaker.
fn guard_call(
    args: &Args,
    function: &Function,
    source: &TokenStream,
    body: &TokenStream,
    context: &Context,
) -> TokenStream {
    if is_plain(args) {
        plain(source, body, context)
    } else if args.falls_back_on_failure() {
        fallback::after_failure(args, function, source, body, context)
    } else {
        let rejected = fallback::rejected(args, function, context);
        let run = fallback::bounded(args, function, &run(args, body, context), context);
        rejected.unless_admitted(source, &run, &hygienic!(return), context)
    }
}

/// Whether there is no word on failures or fallbacks.
fn is_plain(args: &Args) -> bool {
    is_by_type(args)
        && args.on_cancel.is_none()
        && args.timeout.is_none()
        && args.error.is_none()
        && args.fallback.is_none()
}

/// A future that the body makes, guarded.
fn returned(
    args: &Args,
    function: &Function,
    source: &TokenStream,
    is_boxed: bool,
    context: &mut Context,
) -> TokenStream {
    let kept =
        args.fallback.as_ref().map(|fallback| SavedArgs::of(&fallback.value, function, context));
    let SavedArgs { save, restore, receiver } = kept.unwrap_or_default();
    context.receiver = receiver;
    let context = &*context;
    let private = &context.private;
    let make = closure(function, context);
    let call = guard_call(args, function, source, &hygienic!(future), context);
    // What it may not borrow, the compiler reports at the type that says so.
    let place = SpanRange::of(&context.returns);
    let guarded = hygienic_at!(place.end => async move { #restore #call });
    // As the value of a call: a bare block would be taken for an `async fn`.
    let wrap = if is_boxed { hygienic!(boxed) } else { hygienic!(bare) };
    let guarded = context.call(&wrap, place, &guarded);
    hygienic! {
        #save
        let future = #private::make(#make);
        #guarded
    }
}

fn plain(site: &TokenStream, body: &TokenStream, context: &Context) -> TokenStream {
    let place = SpanRange::of(&context.returns);
    let arguments = hygienic!(#site, #body);
    if context.is_async {
        // A type that is refused is refused again at the `await`, which is one
        // token; at one place the compiler takes the two errors for one.
        let place = SpanRange { end: place.start, ..place };
        let call = context.call(&hygienic!(call_async), place, &arguments);
        hygienic_at!(place.end => #call.await)
    } else {
        context.call(&hygienic!(call), place, &arguments)
    }
}

/// The body under `permit`, to its end, or to its `timeout`.
fn run(args: &Args, body: &TokenStream, context: &Context) -> TokenStream {
    let private = &context.private;
    let judge = judge::emit(args, context);
    if !context.is_async {
        return match (args.falls_back_on_failure(), is_by_type(args)) {
            (true, _) => hygienic!(#private::run_or_fail(permit, #body, #judge)),
            (false, false) => hygienic!(#private::run(permit, #body, #judge)),
            (false, true) => {
                // The type is named, so that it is pointed at, and not the call.
                let returns = &context.returns;
                hygienic!(#private::run_fallible::<_, #returns>(permit, #body))
            }
        };
    }
    let permit = match args.on_cancel.as_ref().map(|on| on.value) {
        Some(OnCancel::Failure) => hygienic!(#private::failing_on_cancel(permit)),
        _ => hygienic!(permit),
    };
    let arguments = hygienic!(#permit, #body, #judge);
    let run = match fallback::length(args) {
        Some(length) => hygienic!(#private::run_within(#arguments, #length)),
        None => hygienic!(#private::run_async(#arguments)),
    };
    if args.falls_back_on_failure() {
        hygienic!(#private::or_failed(#run).await)
    } else {
        hygienic!(#run.await)
    }
}

fn private(args: &Args) -> TokenStream {
    match &args.krate {
        Some(krate) => {
            let krate = &krate.value;
            hygienic!(#krate::__private)
        }
        None => hygienic!(::breakerbox::__private),
    }
}
