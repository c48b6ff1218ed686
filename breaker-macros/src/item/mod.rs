//! The annotated item: a function or an `impl` block, parsed as far as the attribute
//! has to know it.

pub(crate) mod awaits;
pub(crate) mod block;
pub(crate) mod function;
pub(crate) mod parameters;
pub(crate) mod patterns;
pub(crate) mod returns;
pub(crate) mod shape;
pub(crate) mod stream;
pub(crate) mod twins;
