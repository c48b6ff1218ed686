//! The return type, spelled for positions in which `impl Trait` is not allowed.

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote_spanned};
use syn::{GenericArgument, Path, PathArguments, Type, TypeInfer, TypeParamBound};

use crate::item::function::Function;
use crate::tokens::mentions;

/// The type of the function's output, with `_` for each `impl Trait`.
pub(crate) fn output(function: &Function) -> TokenStream {
    match function.output() {
        // An error about the missing type is reported at the function's name.
        None => quote_spanned!(function.signature.ident.span()=> ()),
        Some(ty) => inferable(ty),
    }
}

/// The type with `_` for each `impl Trait`, and `'_` for each lifetime. A lifetime that the
/// body names would count as used, and a lint would no longer ask to elide it.
pub(crate) fn inferable(ty: &Type) -> TokenStream {
    let mut ty = ty.clone();
    infer(&mut ty);
    let tokens = ty.into_token_stream();
    // A type with such a word binds lifetimes of its own: `for<'a> Fn(&'a str)`, `fn(&'_ str)`.
    let binds = |word| mentions(tokens.clone(), word);
    let has_own = ["for", "fn", "Fn", "FnMut", "FnOnce", "AsyncFn", "AsyncFnMut", "AsyncFnOnce"];
    if has_own.into_iter().any(binds) { tokens } else { elided(tokens) }
}

fn elided(tokens: TokenStream) -> TokenStream {
    let mut after_quote = false;
    tokens
        .into_iter()
        .map(|token| match token {
            TokenTree::Punct(punct) => {
                after_quote = punct.as_char() == '\'';
                TokenTree::Punct(punct)
            }
            TokenTree::Ident(name) if core::mem::take(&mut after_quote) && name != "static" => {
                TokenTree::Ident(Ident::new("_", name.span()))
            }
            TokenTree::Group(group) => {
                let mut inside = Group::new(group.delimiter(), elided(group.stream()));
                inside.set_span(group.span());
                TokenTree::Group(inside)
            }
            other => other,
        })
        .collect()
}

fn infer(ty: &mut Type) {
    match ty {
        Type::ImplTrait(hidden) => {
            let underscore_token = syn::Token![_](hidden.impl_token.span);
            *ty = Type::Infer(TypeInfer { attrs: Vec::new(), underscore_token });
        }
        Type::Array(array) => infer(&mut array.elem),
        Type::Group(group) => infer(&mut group.elem),
        Type::Paren(paren) => infer(&mut paren.elem),
        Type::Ptr(pointer) => infer(&mut pointer.elem),
        Type::Reference(reference) => infer(&mut reference.elem),
        Type::Slice(slice) => infer(&mut slice.elem),
        Type::Tuple(tuple) => tuple.elems.iter_mut().for_each(infer),
        Type::Path(path) => infer_in(&mut path.path),
        Type::TraitObject(object) => {
            for bound in &mut object.bounds {
                if let TypeParamBound::Trait(bound) = bound {
                    infer_in(&mut bound.path);
                }
            }
        }
        _ => {}
    }
}

fn infer_in(path: &mut Path) {
    for segment in &mut path.segments {
        if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
            for argument in &mut arguments.args {
                match argument {
                    GenericArgument::Type(ty) => infer(ty),
                    GenericArgument::AssocType(bound) => infer(&mut bound.ty),
                    _ => {}
                }
            }
        }
    }
}
