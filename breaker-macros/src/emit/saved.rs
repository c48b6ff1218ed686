//! Clones of the arguments for a fallback that runs after the body took them.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident};
use syn::{Ident, Receiver};

use crate::args::Fallback;
use crate::item::parameters::{Parameter, SelfAccess, Want, self_access};
use crate::tokens::mentions;

/// The statements that save and restore the arguments:
/// ```text
/// let kept0 = Clone::clone(&argument);   // SAVE
/// BODY
/// let argument = kept0;                  // RESTORE
/// FALLBACK
/// ```
#[derive(Default)]
pub(super) struct SavedArgs {
    pub(super) save: TokenStream,
    pub(super) restore: TokenStream,
    /// The clone of `self`, under a name of its own.
    pub(super) receiver: Option<Ident>,
}

impl SavedArgs {
    pub(super) fn of(
        fallback: &Fallback,
        receiver: Option<&Receiver>,
        parameters: &[Parameter],
    ) -> Self {
        let (mut save, mut restore) = (TokenStream::new(), TokenStream::new());
        let names = parameters.iter().enumerate().flat_map(|(index, parameter)| {
            let used = move |name: &&Ident| uses(fallback, index, parameter, name);
            parameter.names.iter().filter(used).map(move |name| (parameter, name))
        });
        for (number, (parameter, name)) in names.enumerate() {
            let kept = format_ident!("__breaker_kept{number}", span = Span::mixed_site());
            let clone = hygienic_at!(name.span() => ::core::clone::Clone::clone(&#name));
            let allow = allowing(name);
            save.extend(hygienic!(#allow let #kept = #clone;));
            let unpacked = match fallback {
                Fallback::Inline(_) => parameter.unpack_from(&kept),
                Fallback::Path(_) | Fallback::Closure(_) => None,
            };
            let restored = || hygienic!(#[allow(clippy::shadow_unrelated)] let #name = #kept;);
            restore.extend(unpacked.unwrap_or_else(restored));
        }
        // The body does not take a shared reference.
        let receiver = receiver.filter(|receiver| {
            matches!(fallback, Fallback::Path(_)) && self_access(receiver) != SelfAccess::Shared
        });
        let receiver = receiver.map(|receiver| {
            let kept = format_ident!("__breaker_self", span = Span::mixed_site());
            let token = &receiver.self_token;
            save.extend(hygienic!(let #kept = ::core::clone::Clone::clone(&#token);));
            kept
        });
        SavedArgs { save, restore, receiver }
    }
}

/// Returns true if the fallback uses this variable of the parameter.
fn uses(fallback: &Fallback, index: usize, parameter: &Parameter, name: &Ident) -> bool {
    match (Want::of(fallback, index), fallback) {
        (Want::Nothing, _) => false,
        (Want::Variables, Fallback::Inline(value)) => {
            parameter.pattern.is_some() || mentions(value.to_token_stream(), &name.to_string())
        }
        (Want::Variables | Want::Whole, _) => true,
    }
}

/// An attribute that allows a statement to use `_x`, which a lint would report.
pub(super) fn allowing(name: &Ident) -> Option<TokenStream> {
    let name = name.to_string();
    let is_meant_unused = name.starts_with('_') && !name.starts_with("__");
    is_meant_unused.then(|| hygienic!(#[allow(clippy::used_underscore_binding)]))
}
