//! Overrides that a registry gets as a whole: those of a file, say.

use core::fmt::Display;
use std::collections::BTreeMap;

use super::error::{InvalidOverride, InvalidOverrides};
use super::kept_key::KeptKey;
use super::layers;
use crate::config::{Config, ConfigBuilder};
use crate::name::{Name, NameError};
use crate::state::State;
use crate::state::step::Input;

/// The source of an override. Each source replaces only its own overrides. If two sources override
/// one name, one key or all, the later source wins, parameter by parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum OverrideSource {
    /// The program itself, also by [`configure`](super::Registry::configure).
    Program,
    /// A file and the environment.
    File,
    /// A person, while the program runs.
    Operator,
}

impl OverrideSource {
    pub(super) const COUNT: usize = Self::Operator as usize + 1;
}

/// A state in which an override holds breakers, from when it is laid over them until it is taken
/// back.
///
/// It does not hold a breaker against its program: a manual control, such as
/// [`reset`](crate::Breaker::reset), ends it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Switch {
    /// As by [`Breaker::observe`](crate::Breaker::observe).
    Observing,
    /// As by [`Breaker::disable`](crate::Breaker::disable).
    Disabled,
    /// As by [`Breaker::force_open`](crate::Breaker::force_open).
    Isolated,
}

impl Switch {
    /// Returns the state in which the switch holds a breaker.
    #[must_use]
    pub const fn state(self) -> State {
        match self {
            Self::Observing => State::Observing,
            Self::Disabled => State::Disabled,
            Self::Isolated => State::Isolated,
        }
    }

    pub(super) fn input(self) -> Input {
        match self {
            Self::Observing => Input::Observe,
            Self::Disabled => Input::Disable,
            Self::Isolated => Input::ForceOpen,
        }
    }
}

/// An override of the declared configs of some breakers: parameters, and perhaps a [`Switch`]. A
/// [`ConfigBuilder`] converts into one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Override {
    pub(super) config: ConfigBuilder,
    pub(super) switch: Option<Switch>,
}

impl Override {
    /// Makes an override that changes nothing.
    #[must_use]
    pub const fn new() -> Self {
        Self { config: Config::builder(), switch: None }
    }

    /// Lays these parameters over the declared ones.
    #[must_use]
    pub const fn config(mut self, config: ConfigBuilder) -> Self {
        self.config = config;
        self
    }

    /// Holds the breakers in this state.
    #[must_use]
    pub const fn switch(mut self, switch: Switch) -> Self {
        self.switch = Some(switch);
        self
    }

    /// Returns this override, completed by `under`.
    pub(super) const fn or(self, under: Self) -> Self {
        let switch = if self.switch.is_some() { self.switch } else { under.switch };
        Self { config: self.config.or(under.config), switch }
    }
}

impl Default for Override {
    fn default() -> Self {
        Self::new()
    }
}

impl From<ConfigBuilder> for Override {
    fn from(config: ConfigBuilder) -> Self {
        Self::new().config(config)
    }
}

/// All overrides of one source, for
/// [`Registry::replace_overrides`](super::Registry::replace_overrides).
#[derive(Clone, Debug, PartialEq)]
pub struct Overrides {
    pub(super) for_all: Option<Override>,
    /// For names and keys that may have no breaker yet.
    pub(super) by_name: BTreeMap<Name, Override>,
    /// For names of which only the form is known, see [`Name::variable_form`].
    pub(super) by_form: BTreeMap<Box<str>, Override>,
}

impl Overrides {
    /// Makes overrides that change nothing.
    #[must_use]
    pub const fn new() -> Self {
        Overrides { for_all: None, by_name: BTreeMap::new(), by_form: BTreeMap::new() }
    }

    /// Sets the override for every breaker.
    pub fn set_for_all(&mut self, over: impl Into<Override>) {
        self.for_all = Some(over.into());
    }

    /// Sets the override for the breaker of this name and its breakers by key.
    ///
    /// # Errors
    /// The name breaks a rule, see [`Name::check`].
    pub fn set(&mut self, name: &str, over: impl Into<Override>) -> Result<(), NameError> {
        self.by_name.insert(Name::try_from(name)?, over.into());
        Ok(())
    }

    /// Sets the override for the breaker with this key under this name. The key is the value that a
    /// call gives to the attribute's `key`.
    ///
    /// # Errors
    /// The name breaks a rule, see [`Name::check`].
    pub fn set_for_key(
        &mut self,
        name: &str,
        key: impl Display,
        over: impl Into<Override>,
    ) -> Result<(), NameError> {
        self.by_name.insert(keyed(name, key)?, over.into());
        Ok(())
    }

    /// Sets the override for the breakers whose names have this form as the name of a variable, see
    /// [`Name::variable_form`], and for their breakers by key. It lies over an override by
    /// [`set`](Self::set) for such a name.
    pub fn set_for_form(&mut self, form: &str, over: impl Into<Override>) {
        self.by_form.insert(form.into(), over.into());
    }

    /// Returns the overrides for a name, without those for keys and for all. The strongest is
    /// first.
    pub(super) fn of_name(&self, name: &Name) -> impl Iterator<Item = &Override> {
        let form = (!self.by_form.is_empty()).then(|| Name::variable_form(name.as_str()));
        let by_form = form.and_then(|form| self.by_form.get(&*form));
        by_form.into_iter().chain(self.by_name.get(name))
    }

    /// Checks every override: alone, and then with the weaker ones of this source. No declaration
    /// of a function could mend a mistake that is found here.
    pub(super) fn check(&self) -> Result<(), InvalidOverrides> {
        let all = self.for_all.iter().map(|over| (None, over));
        let given = all.chain(self.by_name.iter().map(|(name, over)| (Some(name), over)));
        // Its letters show that the name in the error is a form.
        let forms = self.by_form.iter().map(|(form, over)| (Name::try_from(&**form).ok(), over));
        let given = given.map(|(name, over)| (name.cloned(), over)).chain(forms);
        let alone = given.filter_map(|(name, over)| {
            over.config.check_each().err().map(|error| InvalidOverride::alone(name, error))
        });
        let alone: Vec<_> = alone.collect();
        InvalidOverrides::none_of(alone)?;
        let together = self.by_name.keys().filter_map(|name| {
            let config = layers::over([self], name).config;
            config.check_each().err().map(|error| InvalidOverride::alone(Some(name.clone()), error))
        });
        InvalidOverrides::none_of(together.collect())
    }
}

impl Default for Overrides {
    fn default() -> Self {
        Self::new()
    }
}

/// Returns the name of the breaker by key, as calls find it.
pub(super) fn keyed(name: &str, key: impl Display) -> Result<Name, NameError> {
    Ok(Name::keyed(Name::try_from(name)?, KeptKey::wanted(&key).to_text()))
}
