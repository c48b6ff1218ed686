//! The annotated item: a function or an `impl` block, parsed only as far as the attribute needs.

pub(crate) mod awaits;
pub(crate) mod block;
pub(crate) mod function;
pub(crate) mod parameters;
pub(crate) mod patterns;
pub(crate) mod returns;
pub(crate) mod shape;
pub(crate) mod stream;
pub(crate) mod twins;
