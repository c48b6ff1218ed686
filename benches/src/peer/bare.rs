//! The call without a breaker.

use super::{BARE, Cases, answer};
use crate::case::{Path, Policy};
use crate::subject::shared;
use crate::work::{ready, work, work_later};

pub(super) fn add(cases: &mut Cases) {
    let mut row = cases.row(BARE, Policy::None);
    for path in [Path::Success, Path::Failure] {
        row.sync(path, || shared(work, answer));
        row.later(path, || shared(|task| ready(work_later(task)), answer));
    }
}
