//! Functions that return a stream, recognised by the spelling of the return type.

use quote::ToTokens;
use syn::{GenericArgument, PathArguments, PathSegment, Type, TypeParamBound};

use crate::item::parameters::is_primitive;
use crate::tokens::mentions;

/// The form in which a function returns its stream.
#[derive(Clone, Copy)]
pub(crate) struct StreamType {
    /// True for a stream in a `Result`.
    pub(crate) is_result: bool,
    /// True for an `impl Stream`, false for a boxed one.
    pub(crate) is_opaque: bool,
}

/// Returns `None` for a type that visibly holds no stream. The compiler reports other types that
/// are no stream.
pub(crate) fn returned(ty: Option<&Type>) -> Option<StreamType> {
    let ty = ty?;
    let is_opaque = mentions(ty.to_token_stream(), "impl");
    let direct = Some(StreamType { is_result: false, is_opaque });
    match ty {
        Type::Group(group) => returned(Some(&group.elem)),
        Type::Paren(paren) => returned(Some(&paren.elem)),
        Type::ImplTrait(_) => direct,
        Type::Path(path) => {
            let last = path.path.segments.last()?;
            // `BoxStream`, `LocalBoxStream`, and aliases in other crates.
            if last.ident == "Pin" || last.ident.to_string().ends_with("Stream") {
                return direct;
            }
            let holds_none = ["String", "Vec", "Option", "Arc", "Rc", "Box"];
            if is_primitive(&path.path) || holds_none.iter().any(|name| last.ident == name) {
                return None;
            }
            // Any other name is taken for an alias of `Result`.
            if last.ident == "Result"
                && first_type(last).is_some_and(|ty| returned(Some(ty)).is_none())
            {
                return None;
            }
            Some(StreamType { is_result: true, is_opaque })
        }
        _ => None,
    }
}

fn first_type(segment: &PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    })
}

/// `T` of an `impl Stream<Item = T>` in the type.
pub(crate) fn item(ty: &Type) -> Option<&Type> {
    match ty {
        Type::Group(group) => item(&group.elem),
        Type::Paren(paren) => item(&paren.elem),
        Type::Path(path) => item(first_type(path.path.segments.last()?)?),
        Type::ImplTrait(hidden) => hidden.bounds.iter().find_map(|bound| {
            let TypeParamBound::Trait(bound) = bound else { return None };
            let PathArguments::AngleBracketed(arguments) = &bound.path.segments.last()?.arguments
            else {
                return None;
            };
            arguments.args.iter().find_map(|argument| match argument {
                GenericArgument::AssocType(bound) if bound.ident == "Item" => Some(&bound.ty),
                _ => None,
            })
        }),
        _ => None,
    }
}
