//! The shape of a function: sync, `async fn`, or a function that returns a future.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::punctuated::Punctuated;
use syn::{
    GenericArgument, Path, PathArguments, PathSegment, ReturnType, Signature, Token, Type,
    TypeParamBound,
};

use crate::tokens::brace_span;

pub(crate) enum Shape {
    Sync,
    Async,
    Future(Box<ReturnedFuture>),
}

/// A future that a function returns: `impl Future`, or a boxed one, spelled by hand or by
/// `#[async_trait]`.
pub(crate) struct ReturnedFuture {
    /// The type that the future resolves to.
    pub(crate) output: Type,
    pub(crate) is_boxed: bool,
    /// The `async` block, if it is the whole body.
    pub(crate) block: Option<AsyncBlock>,
}

/// `async move { STATEMENTS }` or `Box::pin(async move { STATEMENTS })`.
#[derive(Clone)]
pub(crate) struct AsyncBlock {
    /// `Box::pin`, and the span of its parentheses.
    pinned: Option<(TokenStream, Span)>,
    /// `async move`
    words: TokenStream,
    pub(crate) block: Group,
}

impl Shape {
    /// Recognises the shape by the spelling of the return type and of the body.
    pub(crate) fn of(signature: &Signature, body: &TokenStream) -> Self {
        if signature.asyncness.is_some() {
            return Shape::Async;
        }
        let ReturnType::Type(_, ty) = &signature.output else { return Shape::Sync };
        match future(ty) {
            Some((output, is_boxed)) => {
                let block = AsyncBlock::parse(body.clone());
                Shape::Future(Box::new(ReturnedFuture { output: output.clone(), is_boxed, block }))
            }
            None => Shape::Sync,
        }
    }
}

impl AsyncBlock {
    fn parse(body: TokenStream) -> Option<Self> {
        let mut tokens: Vec<TokenTree> = body.into_iter().collect();
        let TokenTree::Group(last) = tokens.pop()? else { return None };
        match last.delimiter() {
            Delimiter::Brace => {
                let all_words = tokens.iter().enumerate().all(|(index, token)| {
                    matches!(token, TokenTree::Ident(word) if *word == ["async", "move"][index.min(1)])
                });
                let is_async = matches!(tokens.len(), 1 | 2) && all_words;
                let words = tokens.into_iter().collect();
                is_async.then_some(AsyncBlock { pinned: None, words, block: last })
            }
            Delimiter::Parenthesis if ends_in_pin(&tokens) => {
                let block = Self::parse(last.stream())?;
                let path = tokens.into_iter().collect();
                let pinned = block.pinned.is_none().then_some((path, last.span()));
                pinned.map(|pinned| AsyncBlock { pinned: Some(pinned), ..block })
            }
            _ => None,
        }
    }

    /// Puts other statements into the block.
    pub(crate) fn around(&self, statements: TokenStream) -> TokenStream {
        let mut block = Group::new(Delimiter::Brace, statements);
        block.set_span(brace_span(&self.block));
        let mut tokens = self.words.clone();
        tokens.extend([TokenTree::Group(block)]);
        let Some((path, span)) = &self.pinned else { return tokens };
        let mut argument = Group::new(Delimiter::Parenthesis, tokens);
        argument.set_span(*span);
        let mut pinned = path.clone();
        pinned.extend([TokenTree::Group(argument)]);
        pinned
    }
}

/// Returns true for a path that ends in `pin`, such as `::std::boxed::Box::pin`.
fn ends_in_pin(tokens: &[TokenTree]) -> bool {
    let is_path = tokens.iter().all(|token| match token {
        TokenTree::Ident(word) => word != "return",
        TokenTree::Punct(punct) => punct.as_char() == ':',
        _ => false,
    });
    is_path && matches!(tokens.last(), Some(TokenTree::Ident(last)) if last == "pin")
}

/// The output of a type that is spelled as a future, and true if the future is boxed.
fn future(ty: &Type) -> Option<(&Type, bool)> {
    match ty {
        Type::Group(group) => future(&group.elem),
        Type::Paren(paren) => future(&paren.elem),
        Type::ImplTrait(hidden) => output(&hidden.bounds).map(|output| (output, false)),
        Type::Path(path) => boxed(&path.path).map(|output| (output, true)),
        _ => None,
    }
}

/// `R` of `Pin<Box<dyn Future<Output = R>>>`, or of `BoxFuture<'_, R>` from `futures`.
fn boxed(path: &Path) -> Option<&Type> {
    let last = path.segments.last()?;
    match last.ident.to_string().as_str() {
        "Pin" => match only_type(last)? {
            Type::Path(inner) => {
                let inner = inner.path.segments.last()?;
                match only_type(inner).filter(|_| inner.ident == "Box")? {
                    Type::TraitObject(object) => output(&object.bounds),
                    Type::ImplTrait(hidden) => output(&hidden.bounds),
                    _ => None,
                }
            }
            _ => None,
        },
        "BoxFuture" | "LocalBoxFuture" => only_type(last),
        _ => None,
    }
}

fn only_type(segment: &PathSegment) -> Option<&Type> {
    let PathArguments::AngleBracketed(arguments) = &segment.arguments else { return None };
    let mut types = arguments.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.next().filter(|_| types.next().is_none())
}

/// `R` of `Future<Output = R>` among the bounds.
fn output(bounds: &Punctuated<TypeParamBound, Token![+]>) -> Option<&Type> {
    bounds.iter().find_map(|bound| {
        let TypeParamBound::Trait(bound) = bound else { return None };
        let last = bound.path.segments.last().filter(|last| last.ident == "Future")?;
        let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
        arguments.args.iter().find_map(|argument| match argument {
            GenericArgument::AssocType(bound) if bound.ident == "Output" => Some(&bound.ty),
            _ => None,
        })
    })
}
