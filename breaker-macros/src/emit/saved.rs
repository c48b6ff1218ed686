//! Clones of the arguments for a fallback that runs after the body took them.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident};
use syn::{Ident, Pat, Receiver};

use crate::args::Fallback;
use crate::item::parameters::{Parameter, SelfAccess, self_access};
use crate::tokens::mentions;

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
        for (index, parameter) in parameters.iter().enumerate() {
            if !uses(fallback, index, parameter) {
                continue;
            }
            let name = &parameter.name;
            let kept = format_ident!("__breaker_kept{index}", span = Span::mixed_site());
            let clone = hygienic_at!(name.span() => ::core::clone::Clone::clone(&#name));
            save.extend(hygienic!(let #kept = #clone;));
            restore.extend(match fallback {
                Fallback::Inline(_) => parameter.unpack_from(&kept),
                _ => hygienic!(let #name = #kept;),
            });
        }
        // A shared reference is not taken by the body.
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

/// Returns true if the fallback uses this parameter.
fn uses(fallback: &Fallback, index: usize, parameter: &Parameter) -> bool {
    match fallback {
        Fallback::Path(_) => true,
        Fallback::Closure(closure) => !matches!(closure.inputs.get(index), Some(Pat::Wild(_))),
        Fallback::Inline(value) => {
            parameter.pattern.is_some()
                || mentions(value.to_token_stream(), &parameter.name.to_string())
        }
    }
}
