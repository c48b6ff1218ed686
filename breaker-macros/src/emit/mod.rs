//! The expansion: writes the plan as code.
//!
//! A call takes one of two routes. The plain route is one function of the core:
//! ```text
//! async fn f(ARGS) -> R { BODY }
//! async fn f(ARGS) -> R {
//!     __private::call_async(SOURCE, async move { BODY }).await
//! }
//! ```
//! If a key says more about failures or rejections, the expansion takes a permit:
//! ```text
//! async fn f(ARGS) -> R {
//!     let permit = match __private::acquire::<_, BreakerError, false>(SOURCE) {
//!         Ok(permit) => permit,
//!         Err(error) => return REJECTED,
//!     };
//!     __private::run_async(permit, async move { BODY }, JUDGE).await
//! }
//! ```
//!
//! A future stores each local that is alive across an `.await`, even one that was partly moved out
//! of. So the permit is bound by a `let` before the call, and not by a `match` around it.
//!
//! In a sync function the body is a closure, `|| -> R { BODY }`, passed straight to a parameter of
//! type `FnOnce`. Bound to a name first, it would be inferred as `FnMut`, and could not return what
//! `&mut self` lends.
//!
//! The body takes the arguments only when the call is admitted, so a fallback for rejections finds
//! them unchanged. A future does not rebind arguments, since it would store them twice. Hence the
//! arguments that its body uses are dropped at its end, in the order of their first use, and all
//! others after it. A closure rebinds `mut` arguments, since the compiler has other rules for
//! assignments to a variable that a closure borrows.
//!
//! A function that returns a future has one of two forms. If its body is nothing but an `async`
//! block (`#[async_trait]` leaves one), that block is treated as the body of an `async fn`.
//! Otherwise the body makes the future, which is guarded afterwards:
//! ```text
//! fn f(ARGS) -> impl Future<Output = R> {
//!     let future = __private::make(|| -> _ { BODY });
//!     __private::bare(async move { __private::call_async(SOURCE, future).await })
//! }
//! ```
//!
//! Every name is absolute, or cannot be reached from the user's code.

#[macro_use]
mod span;

mod assemble;
mod body;
mod breaker;
mod context;
mod fallback;
mod judge;
mod rejection;
mod ring;
mod run;
mod saved;
mod stream;

use proc_macro2::TokenStream;

use crate::args::Args;
use crate::item::block::{ImplBlock, MethodAttr};
use crate::item::function::Function;
use crate::item::parameters;
use crate::plan::{Binding, Covered, FallbackCall, Form, Plan, Route, Steps};
use crate::tokens::brace_span;

use body::{async_block, closure};
use breaker::BreakerExpr;
use context::Context;
use rejection::{Jumps, Rejection};
use ring::Ring;
use saved::SavedArgs;
use span::SpanRange;

/// The block as the user wrote it, with its methods guarded.
pub(crate) fn expand_block(args: &Args, block: ImplBlock) -> TokenStream {
    assemble::block(block, |method| {
        if method.is_skipped() {
            return assemble::unguarded(&method.function);
        }
        let args = match method.attr {
            MethodAttr::Own(own) => own.over(args),
            _ => Args::default().over(args),
        };
        expand(&args, method.function)
    })
}

/// The block without its methods' attributes.
pub(crate) fn unguarded(block: ImplBlock) -> TokenStream {
    assemble::block(block, |method| assemble::unguarded(&method.function))
}

/// The function as the user wrote it, guarded.
pub(crate) fn expand(args: &Args, mut function: Function) -> TokenStream {
    let plan = Plan::make(args, &function);
    let parameters = match plan.binding {
        Binding::Unchanged => Vec::new(),
        Binding::Named(fallback) => {
            let is_closure = matches!(plan.form, Form::Sync | Form::MadeFuture { .. });
            parameters::name_all(&mut function.signature, fallback, is_closure)
        }
        Binding::Rebound { patterns } => {
            parameters::rebind_mutable(&mut function.signature, patterns)
        }
    };
    let context = Context::new(&plan, &function, parameters);
    let BreakerExpr { before, source } = breaker::expression(&plan, &function, &context);
    let call = |body: &TokenStream| guard_call(&plan, &source, body, &context);
    let statements = match &plan.form {
        Form::Sync => returned(&call(&closure(&function, &context))),
        Form::Async => {
            let block = async_block(&function.statements, function.body_span, &context);
            returned(&call(&block))
        }
        Form::Block(block) => {
            let span = brace_span(&block.block);
            let inner = async_block(&block.block.stream(), span, &context);
            block.around(returned(&call(&inner)))
        }
        Form::MadeFuture { is_boxed } => {
            let call = call(&hygienic!(__breaker_future));
            returned(&made_future(&call, &closure(&function, &context), *is_boxed, &context))
        }
    };
    assemble::function(&function, &hygienic!(#before #statements))
}

/// The last expression of a function as a `return` statement. Lints then report neither a missing
/// `return`, nor needless braces if another attribute puts the body into a block.
/// ```text
/// return { STATEMENTS EXPRESSION };
/// ```
fn returned(call: &TokenStream) -> TokenStream {
    hygienic!(return { #call };)
}

/// Runs the body through the breaker.
fn guard_call(
    plan: &Plan<'_>,
    source: &TokenStream,
    body: &TokenStream,
    context: &Context,
) -> TokenStream {
    let Route::Permit(steps) = &plan.route else { return run::plain(source, body, context) };
    let call = guard_steps(plan, steps, source, body, context);
    match &steps.watch {
        Some(watch) => stream::finished(watch, steps, &call, context),
        None => call,
    }
}

/// Runs the body under a permit. For a function that returns a stream, makes the head.
fn guard_steps(
    plan: &Plan<'_>,
    steps: &Steps<'_>,
    source: &TokenStream,
    body: &TokenStream,
    context: &Context,
) -> TokenStream {
    let rejection = match &steps.covered {
        Covered::Nothing => {
            let value = stream::refused(&rejection::converted(steps.error, context), context);
            Rejection { value, needs_error: true, ring: None }
        }
        Covered::Rejections(call) if call.may_lead_back && context.is_async => {
            return guard_rejections(steps, call, source, body, context);
        }
        Covered::Rejections(call) => {
            let ring = call.may_lead_back.then(|| Ring::new(steps.error, context));
            let value = fallback::emit(call, &rejected(context), ring.is_some(), context);
            let value = stream::answered(&value, context);
            Rejection { value, needs_error: call.takes_cause, ring }
        }
        Covered::Failures(call) => return guard_failures(plan, steps, call, source, body, context),
    };
    let run = run::to_output(steps, body, context);
    let leave = context.leave.clone();
    let with_answer = if context.is_async { leave.clone() } else { TokenStream::new() };
    let jumps = Jumps { with_value: leave, with_answer };
    rejection.unless_admitted(source, &run, &jumps, context)
}

/// The error of a rejection, as the cause that the fallback gets.
fn rejected(context: &Context) -> TokenStream {
    let Context { private, returns, .. } = context;
    hygienic!(#private::Cause::<#returns>::Rejected(__breaker_error))
}

/// Runs the body of an async function through the breaker. The fallback answers rejections and may
/// lead back. It comes last, since a future stores every local in scope at an `.await`.
/// ```text
/// let (falling, error) = 'call: {
///     let permit = match acquire_or_fall::<_, BreakerError, false>(SOURCE, SITE, CARRIES) {
///         Ok(permit) => permit,
///         Err(Refused::Ring(error)) => return ANSWER,
///         Err(Refused::Fallback(error, falling)) => break 'call (falling, error),
///     };
///     return RUN;
/// };
/// FALLBACK
/// ```
fn guard_rejections(
    steps: &Steps<'_>,
    call: &FallbackCall<'_>,
    source: &TokenStream,
    body: &TokenStream,
    context: &Context,
) -> TokenStream {
    let ring = Some(Ring::new(steps.error, context));
    let needs_error = call.takes_cause;
    let error = needs_error.then(|| hygienic!(__breaker_error));
    let value = hygienic!((__breaker_falling, #error));
    let rejection = Rejection { value: value.clone(), needs_error, ring };
    let run = run::to_output(steps, body, context);
    let leave = &context.leave;
    let jumps = Jumps { with_value: hygienic!(break 'call), with_answer: leave.clone() };
    let refused = rejection.unless_admitted(source, &hygienic!(#leave #run;), &jumps, context);
    let fallback = fallback::emit(call, &rejected(context), true, context);
    let fallback = stream::answered(&fallback, context);
    hygienic!(let #value = 'call: { #refused }; #fallback)
}

/// Runs the body through the breaker, with a fallback that answers failures too.
/// ```text
/// SAVE
/// let site = SITE;
/// let (cause, falling) = 'call: {
///     match acquire_or_fall::<_, BreakerError, true>(SOURCE, site, CARRIES) {
///         Ok(permit) => match run_or_fail(permit, BODY, JUDGE, site, PLACE) {
///             Ok(output) => return output,
///             Err((output, falling)) => (Cause::Failed(output), falling),
///         },
///         Err(Refused::Ring(error)) => return ANSWER,
///         Err(Refused::Fallback(error, falling)) => (Cause::Rejected(error), falling),
///     }
/// };
/// RESTORE
/// FALLBACK
/// ```
fn guard_failures(
    plan: &Plan<'_>,
    steps: &Steps<'_>,
    call: &FallbackCall<'_>,
    source: &TokenStream,
    body: &TokenStream,
    context: &Context,
) -> TokenStream {
    let private = &context.private;
    let mut ring = Ring::new(steps.error, context);
    let run = run::to_cause(steps, body, &ring, context);
    let site = core::mem::replace(&mut ring.site, hygienic!(__breaker_site));
    let value = hygienic!((#private::Cause::Rejected(__breaker_error), __breaker_falling));
    let rejection = Rejection { value, needs_error: true, ring: Some(ring) };
    let with_answer = context.leave.clone();
    let jumps = Jumps { with_value: hygienic!(break 'call), with_answer };
    let cause = rejection.unless_admitted(source, &run, &jumps, context);
    let name = if call.takes_cause { hygienic!(__breaker_cause) } else { hygienic!(_) };
    let fallback = fallback::emit(call, &hygienic!(__breaker_cause), true, context);
    let fallback = stream::answered(&fallback, context);
    let cause =
        hygienic!(let __breaker_site = #site; let (#name, __breaker_falling) = 'call: { #cause };);
    if let Form::MadeFuture { .. } = plan.form {
        // The arguments were saved before the future was made.
        return hygienic!(#cause #fallback);
    }
    let SavedArgs { save, restore, .. } = &context.saved;
    hygienic!(#save #cause #restore #fallback)
}

/// The guarded future that the body makes.
/// ```text
/// SAVE
/// let future = make(MAKE);
/// boxed(async move { RESTORE CALL })
/// ```
fn made_future(
    call: &TokenStream,
    make: &TokenStream,
    is_boxed: bool,
    context: &Context,
) -> TokenStream {
    let Context { private, returns, saved: SavedArgs { save, restore, .. }, .. } = context;
    // A borrow that the future cannot hold is reported at the return type.
    let range = SpanRange::of(returns);
    let guarded = hygienic_at!(range.end => async move { #restore #call });
    // A call wraps the block: as the function's whole body, the block would be taken for the body
    // of an `async fn`.
    let wrap = if is_boxed { hygienic!(boxed) } else { hygienic!(bare) };
    let guarded = context.call(&wrap, range, &guarded);
    hygienic! {
        #save
        let __breaker_future = #private::make(#make);
        #guarded
    }
}
