//! The expansion. Two forms, by what the arguments ask for:
//!
//! ```text
//! async fn f(ARGS) -> R { BODY }           // no word on failures or fallbacks:
//! async fn f(ARGS) -> R {
//!     __private::call_async(SITE, async move { BODY }).await
//! }
//!                                          // otherwise:
//! async fn f(ARGS) -> R {
//!     match __private::acquire(SITE) {
//!         Ok(permit) => __private::run_async(permit, async move { BODY }, JUDGE).await,
//!         Err(error) => REJECTED,
//!     }
//! }
//! ```
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
macro_rules! ours {
    ($($tokens:tt)*) => { ::quote::quote_spanned!(::proc_macro2::Span::mixed_site()=> $($tokens)*) };
}

/// The same, where errors are reported at the user's code.
macro_rules! ours_at {
    ($place:expr => $($tokens:tt)*) => {{
        let place = ::proc_macro2::Span::mixed_site().located_at($place);
        ::quote::quote_spanned!(place=> $($tokens)*)
    }};
}

mod answer;
mod judge;
mod site;

use proc_macro2::{Delimiter, Group, Spacing, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{Ident, ReturnType};

use crate::args::{Args, Fallback, FallbackOn, OnCancel};
use crate::block::{Block, Mark, Member, Method};
use crate::function::Function;
use crate::parameters::{self, Parameter};
use crate::returns;
use crate::shape::Shape;

use answer::Kept;

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
    fn call(&self, item: &TokenStream, place: Place, arguments: &TokenStream) -> TokenStream {
        let private = &self.private;
        place.cover(ours!(#private::#item(#arguments)))
    }
}

/// Where an error is reported in the user's code, in tokens of ours.
#[derive(Clone, Copy)]
struct Place {
    start: Span,
    end: Span,
}

impl Place {
    fn at(span: Span) -> Self {
        let ours = Span::mixed_site().located_at(span);
        Place { start: ours, end: ours }
    }

    fn of(tokens: &impl ToTokens) -> Self {
        let mut tokens = tokens.to_token_stream().into_iter();
        let first = tokens.next();
        let last = tokens.last().or_else(|| first.clone());
        let ours = |token: Option<TokenTree>| match token {
            Some(token) => Span::mixed_site().located_at(token.span()),
            None => Span::mixed_site(),
        };
        Place { start: ours(first), end: ours(last) }
    }

    /// Moves the first token to the start of the place (all of it, if it is
    /// `::`), and the last to the end, in a call with the end of its path. An
    /// error about the whole is shown from the one to the other; those between
    /// may be the user's, and stay.
    fn cover(self, tokens: TokenStream) -> TokenStream {
        let mut tokens: Vec<_> = tokens.into_iter().collect();
        let is_punct = |token: &TokenTree| matches!(token, TokenTree::Punct(_));
        let is_group = |token: &TokenTree| matches!(token, TokenTree::Group(_));
        let leading = tokens.iter().take_while(|token| is_punct(token)).count().max(1);
        let trailing = tokens.iter().rev().take_while(|token| is_group(token)).count() + 1;
        for token in tokens.iter_mut().rev().take(trailing) {
            token.set_span(token.span().located_at(self.end));
        }
        for token in tokens.iter_mut().take(leading) {
            token.set_span(token.span().located_at(self.start));
        }
        tokens.into_iter().collect()
    }
}

/// The block as the user wrote it, its methods guarded.
pub(crate) fn block(args: &Args, block: Block) -> TokenStream {
    rebuilt(block, |method| {
        if method.is_skipped() {
            return as_it_was(&method.function);
        }
        let args = match method.mark {
            Mark::Own(own) => own.over(args),
            _ => Args::default().over(args),
        };
        guarded(&args, method.function)
    })
}

/// The block without a word of ours.
pub(crate) fn unguarded(block: Block) -> TokenStream {
    rebuilt(block, |method| as_it_was(&method.function))
}

fn rebuilt(block: Block, mut emit: impl FnMut(Method) -> TokenStream) -> TokenStream {
    let Block { head, inner_attributes, members, braces, .. } = block;
    let members = members.into_iter().map(|member| match member {
        Member::Method(method) => emit(*method),
        Member::Other(tokens) => tokens,
    });
    let body = braced(ours!(#(#inner_attributes)* #(#members)*), braces);
    ours!(#head #body)
}

fn as_it_was(function: &Function) -> TokenStream {
    assemble(function, &function.statements)
}

/// The function as the user wrote it, guarded.
pub(crate) fn guarded(args: &Args, mut function: Function) -> TokenStream {
    let makes_future = matches!(&function.shape, Shape::Future(future) if future.block.is_none());
    let named = args.fallback.as_ref().is_some_and(|fallback| {
        answer::takes_arguments(&fallback.value) || keeps_arguments(args) || makes_future
    });
    let is_ready = is_ready(args, &function);
    let is_closure = is_ready || makes_future || matches!(function.shape, Shape::Sync);
    let parameters = if named {
        parameters::name_all(&mut function.signature)
    } else if is_closure {
        parameters::name_mutable(&mut function.signature)
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
    let statements = match &function.shape {
        Shape::Sync => consult(args, &function, &closure(&function, &context), &context),
        Shape::Async if is_ready => {
            consult(args, &function, &closure(&function, &context), &context)
        }
        Shape::Async => {
            let body = async_block(&function.statements, function.body_span, &context);
            consult(args, &function, &body, &context)
        }
        Shape::Future(future) => match &future.block {
            Some(block) => {
                let body = async_block(&block.block.stream(), block.block.span(), &context);
                block.around(consult(args, &function, &body, &context))
            }
            None => returned(args, &function, future.is_boxed, &mut context),
        },
    };
    assemble(&function, &statements)
}

/// Whether an `async fn` has nothing to wait for. Then it is treated as a sync
/// one, so that lints which tell it so still do.
fn is_ready(args: &Args, function: &Function) -> bool {
    let fallback_waits = match args.fallback.as_ref().map(|fallback| &fallback.value) {
        Some(Fallback::Inline(value)) => may_wait(value.to_token_stream()),
        Some(Fallback::Path(_) | Fallback::Closure(_)) => true,
        None => false,
    };
    let is_async = matches!(function.shape, Shape::Async);
    is_async && args.timeout.is_none() && !fallback_waits && !may_wait(function.statements.clone())
}

/// Whether there is an `await`, or a macro, which may come to one.
fn may_wait(tokens: TokenStream) -> bool {
    let mut after_word = false;
    tokens.into_iter().any(|token| {
        let is_after_word =
            core::mem::replace(&mut after_word, matches!(token, TokenTree::Ident(_)));
        match token {
            TokenTree::Ident(word) => word == "await",
            TokenTree::Punct(punct) => {
                punct.as_char() == '!' && punct.spacing() == Spacing::Alone && is_after_word
            }
            TokenTree::Group(group) => may_wait(group.stream()),
            TokenTree::Literal(_) => false,
        }
    })
}

/// The body by way of the breaker.
fn consult(args: &Args, function: &Function, body: &TokenStream, context: &Context) -> TokenStream {
    let given = site::given(args, function, context);
    let site = site::emit(args, function, context);
    let is_plain = args.failure.is_none()
        && args.ignore.is_none()
        && args.trip.is_none()
        && args.retry_after.is_none()
        && args.on_cancel.is_none()
        && args.timeout.is_none()
        && args.error.is_none()
        && args.fallback.is_none();
    let call = if is_plain {
        plain(&site, body, context)
    } else if keeps_arguments(args) {
        answer::after_failure(args, function, &site, body, context)
    } else {
        let rejected = answer::rejected(args, function, context);
        let run = answer::bounded(args, function, &run(args, body, context), context);
        let acquire = acquire(&site, context);
        ours! {
            match #acquire {
                ::core::result::Result::Ok(permit) => #run,
                ::core::result::Result::Err(error) => #rejected,
            }
        }
    };
    ours!(#given #call)
}

/// A future that the body makes, guarded.
fn returned(
    args: &Args,
    function: &Function,
    is_boxed: bool,
    context: &mut Context,
) -> TokenStream {
    let kept = args.fallback.as_ref().map(|fallback| Kept::of(&fallback.value, function, context));
    let Kept { keep, restore, receiver } = kept.unwrap_or_default();
    context.receiver = receiver;
    let context = &*context;
    let private = &context.private;
    let make = closure(function, context);
    let call = consult(args, function, &ours!(future), context);
    // What it may not borrow, the compiler reports at the type that says so.
    let place = Place::of(&context.returns);
    let guarded = ours_at!(place.end => async move { #restore #call });
    // As the value of a call: a bare block would be taken for an `async fn`.
    let wrap = if is_boxed { ours!(boxed) } else { ours!(bare) };
    let guarded = context.call(&wrap, place, &guarded);
    ours! {
        #keep
        let future = #private::make(#make);
        #guarded
    }
}

fn plain(site: &TokenStream, body: &TokenStream, context: &Context) -> TokenStream {
    let place = Place::of(&context.returns);
    let arguments = ours!(#site, #body);
    if context.is_async {
        // A type that is refused is refused again at the `await`, which is one
        // token; at one place the compiler takes the two errors for one.
        let place = Place { end: place.start, ..place };
        let call = context.call(&ours!(call_async), place, &arguments);
        ours_at!(place.end => #call.await)
    } else {
        context.call(&ours!(call), place, &arguments)
    }
}

fn acquire(site: &TokenStream, context: &Context) -> TokenStream {
    let private = &context.private;
    ours!(#private::acquire(#site))
}

/// The body under `permit`, to its end, or to its `timeout`.
fn run(args: &Args, body: &TokenStream, context: &Context) -> TokenStream {
    let private = &context.private;
    let run = if keeps_arguments(args) { ours!(run_or_fail) } else { ours!(run) };
    let judge = judge::emit(args, context);
    if !context.is_async {
        return ours!(#private::#run(permit, #body, #judge));
    }
    let run = if keeps_arguments(args) { ours!(run_or_fail_async) } else { ours!(run_async) };
    let on_cancel = match args.on_cancel.as_ref().map(|on| on.value) {
        Some(OnCancel::Failure) => ours!(Failure),
        _ => ours!(Ignore),
    };
    let body = match &args.timeout {
        Some(_) => ours!(#private::timed(length, #body)),
        None => body.clone(),
    };
    ours!(#private::#run(permit, #body, #judge, #private::OnCancel::#on_cancel).await)
}

/// The body as a closure. It borrows what it does not consume, as the function
/// does, and stands where the body stood: lints look at both.
fn closure(function: &Function, context: &Context) -> TokenStream {
    let unpack = context.parameters.iter().map(Parameter::unpack);
    let statements = &function.statements;
    let returns = match &function.signature.output {
        ReturnType::Type(_, ty) => returns::inferable(ty),
        ReturnType::Default => context.returns.clone(),
    };
    let block = braced(ours!(#(#unpack)* #statements), function.body_span);
    // Before the edition of 2021, closures borrow variables whole, and what lies
    // behind a `&mut` could not be lent on. A closure of ours is of our edition.
    let place = if parameters::lend_mutably(&function.signature) {
        Span::mixed_site()
    } else {
        function.body_span
    };
    quote_spanned!(place=> || -> #returns #block)
}

/// The body as a future.
fn async_block(statements: &TokenStream, span: Span, context: &Context) -> TokenStream {
    let Context { returns, parameters, .. } = context;
    let unpack = parameters.iter().map(Parameter::unpack);
    // The block's type must be known before its first `return` or `?`.
    let place = Place::of(returns);
    let unreached = context.call(&ours!(unreached::<#returns>), place, &ours!());
    let type_first = ours_at!(place.start => return #unreached;);
    // With a semicolon, lest it be the value of an empty body.
    let block = braced(ours!(if false { #type_first }; #(#unpack)* #statements), span);
    ours!(async move #block)
}

fn assemble(function: &Function, statements: &TokenStream) -> TokenStream {
    let Function { attributes, visibility, is_default, signature, inner_attributes, .. } = function;
    // The user's own braces: by them the compiler knows whose function it is,
    // and goes on reporting it when it is never used.
    let block = braced(ours!(#(#inner_attributes)* #statements), function.body_span);
    ours!(#(#attributes)* #visibility #is_default #signature #block)
}

fn braced(content: TokenStream, span: Span) -> TokenStream {
    let mut group = Group::new(Delimiter::Brace, content);
    group.set_span(span);
    group.to_token_stream()
}

fn keeps_arguments(args: &Args) -> bool {
    args.fallback_on.as_ref().is_some_and(|on| on.value == FallbackOn::Failure)
}

fn private(args: &Args) -> TokenStream {
    match &args.krate {
        Some(krate) => {
            let krate = &krate.value;
            ours!(#krate::__private)
        }
        None => ours!(::breakerbox::__private),
    }
}
