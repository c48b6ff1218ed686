//! The reports of a run: `json` for programs, `text` for people.

pub(crate) mod json;
