//! The facts about a function that all parts of its expansion need.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Ident, Path};

use super::saved::SavedArgs;
use super::span::SpanRange;
use crate::item::function::Function;
use crate::item::parameters::Parameter;
use crate::item::returns;
use crate::item::stream::StreamType;
use crate::plan::{Plan, Route, Twins};
use crate::tokens::mentions;

pub(super) struct Context {
    /// `::breakerbox::__private`
    pub(super) private: TokenStream,
    pub(super) is_async: bool,
    /// The return type, with `_` for each `impl Trait`.
    pub(super) returns: TokenStream,
    /// True if the return type holds an `impl Trait`.
    pub(super) returns_opaque: bool,
    /// The parameters that the body rebinds, or the fallback takes.
    pub(super) parameters: Vec<Parameter>,
    pub(super) saved: SavedArgs,
    /// The name of `self` for a fallback that is called by its path, if the function has a `self`.
    pub(super) receiver: Option<Ident>,
    /// The type that places this attribute among the function's attributes. `None` without an inner
    /// attribute.
    pub(super) place: Option<TokenStream>,
    /// The form in which the function returns a stream; `None` if it returns none.
    pub(super) head: Option<StreamType>,
    /// The jump that leaves the function, or the head of a stream.
    pub(super) leave: TokenStream,
    /// The statement that tells an outer attribute about a rejection.
    pub(super) turn_away: TokenStream,
}

impl Context {
    pub(super) fn new(plan: &Plan<'_>, function: &Function, parameters: Vec<Parameter>) -> Self {
        let receiver = function.signature.receiver();
        let saved = match plan.saves_for() {
            Some(fallback) => SavedArgs::of(fallback, receiver, &parameters),
            None => SavedArgs::default(),
        };
        let own = receiver.map(|receiver| Ident::from(receiver.self_token));
        let private = private(plan.krate);
        let head = match &plan.route {
            Route::Permit(steps) => steps.watch.as_ref().map(|watch| watch.returned),
            Route::Plain => None,
        };
        let (place, turn_away) = twins(&plan.twins, &private);
        Context {
            private,
            place,
            turn_away,
            head,
            leave: if head.is_some() { hygienic!(break 'head) } else { hygienic!(return) },
            is_async: plan.form.is_async(),
            returns: returns::output(function),
            returns_opaque: mentions(function.output().to_token_stream(), "impl"),
            parameters,
            receiver: saved.receiver.clone().or(own),
            saved,
        }
    }

    /// `::breakerbox::__private::ITEM(ARGUMENTS)`. The compiler reports an error about the
    /// call at `span`.
    pub(super) fn call(
        &self,
        item: &TokenStream,
        span: SpanRange,
        arguments: &TokenStream,
    ) -> TokenStream {
        let private = &self.private;
        span.respan(hygienic!(#private::#item(#arguments)))
    }
}

/// The place and the statement `turn_away` of a [`Context`]:
/// ```text
/// Around::<{ cfg!(CONDITION) }>
/// if cfg!(CONDITION) { turn_away() }
/// ```
fn twins(twins: &Twins, private: &TokenStream) -> (Option<TokenStream>, TokenStream) {
    let Twins { has_inner, outer } = twins;
    let has_outer = outer.clone().unwrap_or_else(|| hygienic!(false));
    let place = has_inner.then(|| hygienic!(#private::Around::<{ #has_outer }>));
    let turn_away = match outer {
        Some(outer) if outer.to_string() == "true" => hygienic!(#private::turn_away();),
        Some(outer) => hygienic!(if #outer { #private::turn_away(); }),
        None => TokenStream::new(),
    };
    (place, turn_away)
}

fn private(krate: Option<&Path>) -> TokenStream {
    match krate {
        Some(krate) => hygienic!(#krate::__private),
        None => hygienic!(::breakerbox::__private),
    }
}
