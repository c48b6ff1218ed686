//! The function's parameters, as the fallback needs them: each by a name.
//!
//! A pattern has no name to hand on, so it moves into the body:
//! ```text
//! fn f((a, b): (u8, u8)) { BODY }
//! fn f(arg0: (u8, u8))   { let (a, b) = arg0; BODY }
//! ```

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, FnArg, Ident, Pat, PatIdent, PatType, Receiver, ReceiverKind, Signature, Type,
};

use crate::mention::mentions;

/// One parameter that is not `self`.
pub(crate) struct Parameter {
    pub(crate) name: Ident,
    /// What it was before it got a name.
    pub(crate) pattern: Option<(Vec<Attribute>, Pat)>,
}

/// Gives every parameter a name, changing the signature where it takes that.
pub(crate) fn name_all(signature: &mut Signature) -> Vec<Parameter> {
    let name = |(index, typed): (usize, &mut PatType)| {
        plain_name(&typed.pat)
            .map_or_else(|| rename(index, typed), |name| Parameter { name, pattern: None })
    };
    typed(signature).enumerate().map(name).collect()
}

/// Gives those a name that are `mut`, so that the body binds them anew.
pub(crate) fn name_mutable(signature: &mut Signature) -> Vec<Parameter> {
    let mutable = |(_, typed): &(usize, &mut PatType)| binds_mutably(&typed.pat);
    let rename = |(index, typed): (usize, &mut PatType)| rename(index, typed);
    typed(signature).enumerate().filter(mutable).map(rename).collect()
}

fn typed(signature: &mut Signature) -> impl Iterator<Item = &mut PatType> {
    signature.inputs.iter_mut().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    })
}

/// A name that can be handed on. `_x` says that it is not used; handing it on
/// would be a use. A `mut` one is bound anew, as it is in the plain function.
fn plain_name(pattern: &Pat) -> Option<Ident> {
    match pattern {
        Pat::Ident(PatIdent { by_ref: None, mutability: None, subpat: None, ident, .. }) => {
            (!ident.to_string().starts_with('_')).then(|| ident.clone())
        }
        _ => None,
    }
}

fn binds_mutably(pattern: &Pat) -> bool {
    mentions(pattern.to_token_stream(), "mut")
}

fn rename(index: usize, typed: &mut PatType) -> Parameter {
    let name = format_ident!("arg{index}", span = Span::mixed_site());
    let renamed = PatIdent {
        attrs: Vec::new(),
        by_ref: None,
        mutability: None,
        ident: name.clone(),
        subpat: None,
    };
    let pattern = core::mem::replace(&mut *typed.pat, Pat::Ident(renamed));
    let attributes = core::mem::take(&mut typed.attrs);
    Parameter { name, pattern: Some((attributes, pattern)) }
}

/// Whether a parameter may lend what can be changed.
pub(crate) fn lend_mutably(signature: &Signature) -> bool {
    signature.inputs.iter().any(|input| mentions(input.to_token_stream(), "mut"))
}

impl Parameter {
    /// The pattern, in the body.
    pub(crate) fn unpack(&self) -> TokenStream {
        let Parameter { name, pattern } = self;
        match pattern {
            Some((attributes, pattern)) => quote!(#(#attributes)* let #pattern = #name;),
            None => TokenStream::new(),
        }
    }

    /// The pattern, in the fallback, which need not use all of it.
    pub(crate) fn unpack_from(&self, kept: &Ident) -> TokenStream {
        let Parameter { name, pattern } = self;
        match pattern {
            Some((_, pattern)) => {
                quote!(#[allow(unused_variables, unused_mut)] let #pattern = #kept;)
            }
            None => quote!(let #name = #kept;),
        }
    }
}

/// `&self`, or what is the same.
pub(crate) fn is_shared_self(receiver: &Receiver) -> bool {
    let shared = |ty: &Type| matches!(ty, Type::Reference(to) if to.mutability.is_none());
    match &receiver.kind {
        ReceiverKind::Typed(_, ty) => shared(ty),
        ReceiverKind::Reference(_, _, mutability) => mutability.is_none(),
        _ => false,
    }
}

/// `&mut self`, or what is the same.
pub(crate) fn is_mutable_self(receiver: &Receiver) -> bool {
    let mutable = |ty: &Type| matches!(ty, Type::Reference(to) if to.mutability.is_some());
    match &receiver.kind {
        ReceiverKind::Typed(_, ty) => mutable(ty),
        ReceiverKind::Reference(_, _, mutability) => mutability.is_some(),
        _ => false,
    }
}
