//! Judges for the items of a watched stream.

use crate::outcome::{Fallible, Outcome, Verdict};

/// Judges the items of a stream.
#[diagnostic::on_unimplemented(
    message = "an item of type `{I}` does not tell success from failure",
    note = "say which items are failures: `.judge(|item| ...)`"
)]
pub trait ItemJudge<I> {
    /// Judges an item. `None` is a success that does not end the call.
    fn judge(&mut self, item: &I) -> Option<Verdict>;
}

/// Judges items by their type, which is a `Result`.
#[derive(Clone, Copy, Debug)]
pub struct ByType;

impl<I: Fallible> ItemJudge<I> for ByType {
    #[inline]
    fn judge(&mut self, item: &I) -> Option<Verdict> {
        match item.outcome() {
            Outcome::Success => None,
            outcome => Some(outcome.into()),
        }
    }
}

/// Judges items by a function.
#[derive(Clone, Copy, Debug)]
pub struct Judged<F>(pub(crate) F);

impl<I, F, V> ItemJudge<I> for Judged<F>
where
    F: FnMut(&I) -> V,
    V: Into<Verdict>,
{
    #[inline]
    fn judge(&mut self, item: &I) -> Option<Verdict> {
        let verdict = (self.0)(item).into();
        (verdict.outcome != Outcome::Success).then_some(verdict)
    }
}

/// Takes every item as a success.
#[derive(Clone, Copy, Debug)]
pub struct Never;

impl<I> ItemJudge<I> for Never {
    #[inline]
    fn judge(&mut self, _: &I) -> Option<Verdict> {
        None
    }
}
