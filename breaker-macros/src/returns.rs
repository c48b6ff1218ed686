//! The return type, written where `impl Trait` may not stand.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote_spanned};
use syn::{GenericArgument, PathArguments, Type, TypeInfer};

use crate::function::Function;

/// The type of the function's output with `_` in the place of each `impl Trait`.
pub(crate) fn output(function: &Function) -> TokenStream {
    match function.output() {
        // What is wrong with it is wrong with the function.
        None => quote_spanned!(function.signature.ident.span()=> ()),
        Some(ty) => inferable(ty),
    }
}

/// The type with `_` in the place of each `impl Trait`.
pub(crate) fn inferable(ty: &Type) -> TokenStream {
    let mut ty = ty.clone();
    infer(&mut ty);
    ty.into_token_stream()
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
        Type::Path(path) => {
            for segment in &mut path.path.segments {
                if let PathArguments::AngleBracketed(arguments) = &mut segment.arguments {
                    for argument in &mut arguments.args {
                        if let GenericArgument::Type(ty) = argument {
                            infer(ty);
                        }
                    }
                }
            }
        }
        _ => {}
    }
}
