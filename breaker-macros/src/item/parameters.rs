//! The function's parameters, and how they are handed to the fallback.
//!
//! Other attributes and `rustdoc` read the signature too, so parameters keep their names where they
//! can. A pattern that is also an expression is handed on as that expression:
//! ```text
//! fn f((a, b): (u8, u8)) { BODY }     // PATH((a, b))
//! ```
//! Any other pattern that is handed on whole moves into the body:
//! ```text
//! fn f((a, _): (u8, u8)) { BODY }
//! fn f(arg0: (u8, u8))   { let (a, _) = arg0; BODY }
//! ```

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::{ToTokens, format_ident, quote};
use syn::{
    Attribute, FnArg, Ident, Pat, PatIdent, PatType, Path, Receiver, ReceiverKind, Signature,
    Token, Type,
};

use crate::args::Fallback;
use crate::item::patterns::{as_expression, bindings};
use crate::tokens::mentions;

/// One parameter that is not `self`.
#[derive(Default)]
pub(crate) struct Parameter {
    /// The expression that hands the argument on.
    pub(crate) argument: TokenStream,
    /// The variables that hold the argument.
    pub(crate) names: Vec<Ident>,
    /// The pattern in the signature that a name replaces, with its attributes.
    pub(crate) pattern: Option<(Vec<Attribute>, Pat)>,
}

/// The part of a parameter that a fallback uses.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    Nothing,
    /// The variables in its pattern that the fallback mentions.
    Variables,
    Whole,
}

impl Want {
    pub(crate) fn of(fallback: &Fallback, index: usize) -> Self {
        match fallback {
            Fallback::Path(_) => Want::Whole,
            Fallback::Closure(closure) => match closure.inputs.get(index) {
                Some(Pat::Wild(_)) => Want::Nothing,
                _ => Want::Whole,
            },
            Fallback::Inline(_) => Want::Variables,
        }
    }
}

/// Names the parameters so that the fallback can take them. If `is_closure`, the body rebinds `mut`
/// parameters.
pub(crate) fn name_all(
    signature: &mut Signature,
    fallback: &Fallback,
    is_closure: bool,
) -> Vec<Parameter> {
    let name = |(index, typed): (usize, &mut PatType)| {
        let want = Want::of(fallback, index);
        if want == Want::Nothing {
            return is_closure.then(|| rebind(typed)).flatten().unwrap_or_default();
        }
        kept(&typed.pat, want).or_else(|| rebind(typed)).unwrap_or_else(|| rename(index, typed))
    };
    typed_mut(signature).enumerate().map(name).collect()
}

/// Returns true if a name replaces the pattern in the signature.
pub(crate) fn is_renamed(pattern: &Pat, want: Want) -> bool {
    want != Want::Nothing && kept(pattern, want).is_none() && !is_mutable_name(pattern)
}

/// Returns the variables of the pattern, if the parameter can stay as it is.
fn kept(pattern: &Pat, want: Want) -> Option<Parameter> {
    let names = bindings(pattern)?;
    let argument = match want {
        Want::Nothing | Want::Variables => TokenStream::new(),
        Want::Whole => as_expression(pattern)?,
    };
    Some(Parameter { argument, names, pattern: None })
}

/// Rebinds `mut` parameters inside the body, and with `patterns` also patterns that bind a
/// `mut` variable. Patterns must stay if another key (`key`, `breaker`) uses their names.
pub(crate) fn rebind_mutable(signature: &mut Signature, patterns: bool) -> Vec<Parameter> {
    let rebind_one = |(index, typed): (usize, &mut PatType)| {
        let is_pattern = !matches!(&*typed.pat, Pat::Ident(_));
        let binds_mutably = || mentions(typed.pat.to_token_stream(), "mut");
        let lends = || mentions(typed.pat.to_token_stream(), "ref");
        if is_pattern && patterns && binds_mutably() && !lends() {
            return Some(rename(index, typed));
        }
        rebind(typed)
    };
    typed_mut(signature).enumerate().filter_map(rebind_one).collect()
}

/// Replaces `mut x` by `x` in the signature. The body then rebinds `mut x`.
fn rebind(typed: &mut PatType) -> Option<Parameter> {
    let name = bound_name(&typed.pat).filter(|_| is_mutable_name(&typed.pat))?.clone();
    let mut plain = typed.pat.clone();
    if let Pat::Ident(PatIdent { mutability, .. }) = &mut *plain {
        *mutability = None;
    }
    let pattern = core::mem::replace(&mut typed.pat, plain);
    Some(Parameter {
        argument: name.to_token_stream(),
        names: vec![name],
        pattern: Some((move_attributes(typed), *pattern)),
    })
}

/// Recognises `mut x`, but not `mut _x`: rebinding would use a name that says it is unused.
fn is_mutable_name(pattern: &Pat) -> bool {
    match pattern {
        Pat::Ident(PatIdent { by_ref: None, mutability, subpat: None, ident, .. }) => {
            mutability.is_some() && !ident.to_string().starts_with('_')
        }
        _ => false,
    }
}

/// The parameters without `self`.
pub(crate) fn typed(signature: &Signature) -> impl Iterator<Item = &PatType> {
    signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    })
}

fn typed_mut(signature: &mut Signature) -> impl Iterator<Item = &mut PatType> {
    signature.inputs.iter_mut().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(typed),
        FnArg::Receiver(_) => None,
    })
}

/// The name that the pattern binds, if the pattern is just a name.
pub(crate) fn bound_name(pattern: &Pat) -> Option<&Ident> {
    match pattern {
        Pat::Ident(named) => Some(&named.ident),
        _ => None,
    }
}

fn rename(index: usize, typed: &mut PatType) -> Parameter {
    let name = format_ident!("__breaker_arg{index}", span = Span::mixed_site());
    let mentions = |word| mentions(typed.pat.to_token_stream(), word);
    // `ref mut` borrows the parameter mutably.
    let is_lent = mentions("ref") && mentions("mut");
    let renamed = PatIdent {
        attrs: Vec::new(),
        by_ref: None,
        mutability: is_lent.then(|| Token![mut](Span::mixed_site())),
        ident: name.clone(),
        subpat: None,
    };
    let pattern = core::mem::replace(&mut *typed.pat, Pat::Ident(renamed));
    Parameter {
        argument: name.to_token_stream(),
        names: vec![name],
        pattern: Some((move_attributes(typed), pattern)),
    }
}

/// Takes the attributes that belong to the pattern, such as lint levels. Attributes with a
/// condition stay on the parameter as well.
fn move_attributes(typed: &mut PatType) -> Vec<Attribute> {
    let is_condition = |attribute: &&Attribute| {
        attribute.path().is_ident("cfg") || attribute.path().is_ident("cfg_attr")
    };
    let conditions: Vec<_> = typed.attrs.iter().filter(is_condition).cloned().collect();
    core::mem::replace(&mut typed.attrs, conditions)
}

/// Returns true if a parameter of a type that is not `Copy` is passed by value: a lint may report
/// it as needlessly passed by value.
pub(crate) fn take_owned(signature: &Signature) -> bool {
    typed(signature).any(|typed| match &*typed.ty {
        Type::Reference(_) => false,
        Type::Path(path) => !is_primitive(&path.path),
        _ => true,
    })
}

/// Recognises the built-in types that are `Copy`.
pub(crate) fn is_primitive(path: &Path) -> bool {
    const NAMES: [&str; 16] = [
        "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16",
        "u32", "u64", "u128", "usize",
    ];
    NAMES.iter().any(|name| path.is_ident(name))
}

/// Returns true if the output may borrow mutably from a parameter. That needs a parameter that says
/// `mut`, or a lifetime in the output that may come from a parameter's type or from a `self` by
/// value.
pub(crate) fn may_lend_mutably(signature: &Signature) -> bool {
    let says_so = signature.inputs.iter().any(|input| mentions(input.to_token_stream(), "mut"));
    let by_value =
        signature.receiver().is_some_and(|receiver| matches!(receiver.kind, ReceiverKind::Value));
    says_so
        || lends(signature.output.to_token_stream(), &['&', '\''])
            && (by_value || lends(signature.inputs.to_token_stream(), &['\'']))
}

/// Looks for one of these characters, outside the lifetime of a reference.
fn lends(tokens: TokenStream, marks: &[char]) -> bool {
    let mut after_reference = false;
    tokens.into_iter().any(|token| match token {
        TokenTree::Punct(punct) => {
            let is_mark = marks.contains(&punct.as_char());
            let counts = is_mark && !(after_reference && punct.as_char() == '\'');
            after_reference = punct.as_char() == '&';
            counts
        }
        TokenTree::Group(group) => {
            after_reference = false;
            lends(group.stream(), marks)
        }
        _ => {
            after_reference = false;
            false
        }
    })
}

impl Parameter {
    /// The statement that binds the pattern inside the body.
    pub(crate) fn unpack(&self) -> TokenStream {
        let Parameter { argument, pattern, .. } = self;
        match pattern {
            // These lints are about `let`; the user wrote a parameter.
            Some((attributes, pattern)) => quote! {
                #[allow(clippy::shadow_same, clippy::collection_is_never_read)]
                #(#attributes)*
                let #pattern = #argument;
            },
            None => TokenStream::new(),
        }
    }

    /// The statement that binds the pattern to the saved argument. A fallback need not use all of
    /// its variables.
    pub(crate) fn unpack_from(&self, kept: &Ident) -> Option<TokenStream> {
        let (_, pattern) = self.pattern.as_ref()?;
        Some(
            quote!(#[allow(unused_variables, unused_mut, clippy::shadow_unrelated)] let #pattern = #kept;),
        )
    }
}

/// The way in which a method holds its `self`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum SelfAccess {
    /// `&self` or `self: &Self`
    Shared,
    /// `&mut self` or `self: &mut Self`
    Exclusive,
    /// `self`, or a type that holds it: `self: Arc<Self>`
    Owned,
}

pub(crate) fn self_access(receiver: &Receiver) -> SelfAccess {
    let is_mutable = match &receiver.kind {
        ReceiverKind::Reference(_, _, mutability) => mutability.is_some(),
        ReceiverKind::Typed(_, ty) => match &**ty {
            Type::Reference(to) => to.mutability.is_some(),
            _ => return SelfAccess::Owned,
        },
        _ => return SelfAccess::Owned,
    };
    if is_mutable { SelfAccess::Exclusive } else { SelfAccess::Shared }
}
