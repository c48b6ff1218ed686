//! The reports of a run: `json` for programs; for people `text`, whose parts are the `log`, a `table`
//! of the tunings, and the `advice`. `figures` writes numbers.

mod advice;
pub(crate) mod figures;
pub(crate) mod json;
mod log;
mod table;
pub(crate) mod text;
