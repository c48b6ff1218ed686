//! The function's parameters, as the fallback needs them: each by a name.
//!
//! A pattern has no name to hand on, so it moves into the body:
//! ```text
//! fn f((a, b): (u8, u8)) { BODY }
//! fn f(arg0: (u8, u8))   { let (a, b) = arg0; BODY }
//! ```

use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote};
use syn::{Attribute, FnArg, Ident, Pat, PatIdent, Receiver, ReceiverKind, Signature, Type};

/// One parameter that is not `self`.
pub(crate) struct Parameter {
    pub(crate) name: Ident,
    /// What it was before it got a name.
    pub(crate) pattern: Option<(Vec<Attribute>, Pat)>,
}

/// Gives every parameter a name, changing the signature where it takes that.
pub(crate) fn name_all(signature: &mut Signature) -> Vec<Parameter> {
    let typed = signature.inputs.iter_mut().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    });
    typed
        .enumerate()
        .map(|(index, typed)| {
            if let Pat::Ident(PatIdent { by_ref: None, subpat: None, ident, .. }) = &*typed.pat {
                // `_x` says that it is not used; handing it on would be a use.
                if !ident.to_string().starts_with('_') {
                    return Parameter { name: ident.clone(), pattern: None };
                }
            }
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
        })
        .collect()
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
