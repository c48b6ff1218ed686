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
//! In a sync function the body is a closure, `move || -> R { BODY }`, passed
//! straight to a parameter of type `FnOnce`: bound to a name first, it would be
//! taken for `FnMut`, and could not return what `&mut self` lends.
//!
//! The arguments are moved into the body only when the call is admitted, so a
//! fallback for rejections takes them as they are. They are not bound anew in
//! the body, which would store them once more in a future; so those that the
//! body uses are dropped at its end in the order of their first use, and those
//! that it does not use after it.
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

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Ident, ReturnType};

use crate::args::{Args, FallbackOn};
use crate::function::Function;
use crate::parameters::{self, Parameter};
use crate::returns;

/// What all parts of the expansion need to know.
struct Context {
    /// `::breakerbox::__private`
    private: TokenStream,
    is_async: bool,
    /// The return type, with `_` for each `impl Trait`.
    returns: TokenStream,
    /// Where the return type stands, for errors about it.
    returns_at: Span,
    /// Empty unless the fallback takes the arguments.
    parameters: Vec<Parameter>,
}

impl Context {
    /// `::breakerbox::__private::ITEM`, reported at `place` if it comes to that.
    fn item(&self, item: &str, place: Span) -> TokenStream {
        let (private, item) = (&self.private, Ident::new(item, Span::mixed_site()));
        at(place, ours!(#private::#item))
    }
}

/// Tokens of ours that stand, for the reader of an error, where the user's do.
fn at(place: Span, tokens: TokenStream) -> TokenStream {
    let place = Span::mixed_site().located_at(place);
    let move_one = |token| match token {
        TokenTree::Group(group) => {
            let mut moved = Group::new(group.delimiter(), at(place, group.stream()));
            moved.set_span(place);
            TokenTree::Group(moved)
        }
        mut token => {
            token.set_span(place);
            token
        }
    };
    tokens.into_iter().map(move_one).collect()
}

/// The function as the user wrote it, guarded.
pub(crate) fn emit(args: &Args, mut function: Function) -> TokenStream {
    let named = args
        .fallback
        .as_ref()
        .is_some_and(|fallback| answer::takes_arguments(&fallback.value) || keeps_arguments(args));
    let parameters = if named {
        parameters::name_all(&mut function.signature)
    } else {
        Vec::new()
    };
    let context = Context {
        private: private(args),
        is_async: function.signature.asyncness.is_some(),
        returns: returns::inferable(&function.signature.output),
        returns_at: match &function.signature.output {
            ReturnType::Type(_, ty) => ty.span(),
            ReturnType::Default => function.signature.ident.span(),
        },
        parameters,
    };
    let site = site::emit(args, &function, &context);
    let body = body(&function, &context);
    let is_plain = args.failure.is_none()
        && args.ignore.is_none()
        && args.error.is_none()
        && args.fallback.is_none();
    let statements = if is_plain {
        plain(&site, &body, &context)
    } else if keeps_arguments(args) {
        answer::after_failure(args, &function, &site, &body, &context)
    } else {
        let judge = judge::emit(args, &context);
        let rejected = answer::rejected(args, &function, &context);
        let run = run(&ours!(permit), &body, &judge, &context);
        let acquire = acquire(&site, &context);
        ours! {
            match #acquire {
                ::core::result::Result::Ok(permit) => #run,
                ::core::result::Result::Err(error) => #rejected,
            }
        }
    };
    assemble(&function, statements)
}

fn plain(site: &TokenStream, body: &TokenStream, context: &Context) -> TokenStream {
    if context.is_async {
        let call = context.item("call_async", context.returns_at);
        ours_at!(context.returns_at => #call(#site, #body).await)
    } else {
        let call = context.item("call", context.returns_at);
        ours!(#call(#site, #body))
    }
}

fn acquire(site: &TokenStream, context: &Context) -> TokenStream {
    let private = &context.private;
    ours!(#private::acquire(#site))
}

fn run(
    permit: &TokenStream,
    body: &TokenStream,
    judge: &TokenStream,
    context: &Context,
) -> TokenStream {
    let private = &context.private;
    if context.is_async {
        ours!(#private::run_async(#permit, #body, #judge).await)
    } else {
        ours!(#private::run(#permit, #body, #judge))
    }
}

/// The body as a value: a closure, or a future.
fn body(function: &Function, context: &Context) -> TokenStream {
    let Context {
        private,
        returns,
        parameters,
        ..
    } = context;
    let unpack = parameters.iter().map(Parameter::unpack);
    let statements = &function.statements;
    if context.is_async {
        // The block's type must be known before its first `return` or `?`.
        ours! {
            async move {
                if false {
                    return #private::unreached::<#returns>();
                }
                #(#unpack)*
                #statements
            }
        }
    } else {
        let block = braced(ours!(#(#unpack)* #statements), function.body_span);
        ours!(move || -> #returns #block)
    }
}

fn assemble(function: &Function, statements: TokenStream) -> TokenStream {
    let Function {
        attributes,
        visibility,
        is_default,
        signature,
        inner_attributes,
        ..
    } = function;
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
    args.fallback_on
        .as_ref()
        .is_some_and(|on| on.value == FallbackOn::Failure)
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
