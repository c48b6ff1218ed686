//! The sharing of a breaker, as the page sends it.

use std::sync::Arc;

use breaker_core::Sharing;
use serde::Serialize;

/// A [`Sharing`], for readers of the page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct SharingView {
    scope: &'static str,
    role: &'static str,
    votes: u16,
    quorum: Option<u16>,
    holder: Option<Arc<str>>,
}

impl SharingView {
    pub(super) fn new(sharing: &Sharing) -> Self {
        SharingView {
            scope: sharing.scope,
            role: sharing.role.as_str(),
            votes: sharing.votes,
            quorum: sharing.quorum,
            holder: sharing.holder.clone(),
        }
    }
}
