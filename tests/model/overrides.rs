//! The overrides that the program has given.

use breakerbox::Registry;

use crate::action::{KEYS, Over, Target};
use crate::tuning::{NONE, Params};

pub(crate) struct Overrides {
    plain: Params,
    keyed: Params,
    own: Params,
    keys: [Params; KEYS.len()],
    all: Params,
}

impl Default for Overrides {
    fn default() -> Self {
        Overrides { plain: NONE, keyed: NONE, own: NONE, keys: [NONE; KEYS.len()], all: NONE }
    }
}

impl Overrides {
    /// Gives an override to the registry, and keeps it here. None is refused: parameters are drawn
    /// so that any of them may be laid over any other.
    pub(crate) fn lay(&mut self, registry: &Registry, over: Over, params: Params) {
        let config = params.builder();
        let (place, laid) = match over {
            Over::Plain => (&mut self.plain, registry.configure("plain", config)),
            Over::Keyed => (&mut self.keyed, registry.configure("keyed", config)),
            Over::Own => (&mut self.own, registry.configure("own", config)),
            Over::Key(key) => {
                (&mut self.keys[key], registry.configure_key("keyed", KEYS[key], config))
            }
            Over::All => (&mut self.all, registry.configure_all(config)),
        };
        laid.unwrap();
        *place = params;
    }

    /// Returns what is laid over the declaration: by key beats by name beats for all.
    pub(crate) fn over(&self, target: Target) -> Params {
        let named = match target {
            Target::Plain => self.plain,
            Target::Key(key) => self.keys[key].or(self.keyed),
            Target::Own => self.own,
        };
        named.or(self.all)
    }
}

impl Over {
    /// The breakers that the override is for.
    pub(crate) fn targets(self) -> Vec<Target> {
        let keys = (0..KEYS.len()).map(Target::Key);
        match self {
            Over::Plain => vec![Target::Plain],
            Over::Keyed => keys.collect(),
            Over::Own => vec![Target::Own],
            Over::Key(key) => vec![Target::Key(key)],
            Over::All => [Target::Plain, Target::Own].into_iter().chain(keys).collect(),
        }
    }
}
