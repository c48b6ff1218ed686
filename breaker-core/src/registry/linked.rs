//! The link of a registry: see [`crate::link`].

use std::sync::Arc;

use super::Registry;
use super::layers::Layers;
use crate::breaker::Breaker;
use crate::link::{Link, Linked};

impl Registry {
    /// Links the registry, for as long as it lives: its breakers, including future ones, are shared
    /// with others of their name.
    ///
    /// # Errors
    /// The registry is linked already.
    #[doc(hidden)]
    pub fn link(&self, link: Arc<dyn Link>) -> Result<(), Linked> {
        self.inner().shared().link.set(link)?;
        // A breaker that is made from now on meets the link by itself; a breaker that is just being
        // made may meet it twice.
        let all: Vec<_> = self.table().breakers().map(Arc::downgrade).collect();
        all.iter().filter_map(std::sync::Weak::upgrade).for_each(|breaker| breaker.meet_link());
        Ok(())
    }

    /// Notes that a breaker has been made. It meets the link once the table's lock is released.
    pub(super) fn note_made(&self, layers: &mut Layers, breaker: &Arc<Breaker>) {
        if self.inner().shared().link.get().is_some() {
            layers.made.push(Arc::clone(breaker));
        }
    }
}
