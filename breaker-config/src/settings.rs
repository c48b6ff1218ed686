//! The settings of all layers, with their places.

use std::collections::BTreeMap;

use breaker_core::written::{self, Parameter};
use breaker_core::{
    Config, ConfigBuilder, ConfigError, InvalidOverride, Name, Override, Overrides,
};

use crate::keys::Setting;
use crate::mistake::Mistake;
use crate::text::Spot;

/// The scope of a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    All,
    Name(String),
    /// The form of a name in a variable, for a breaker that does not exist yet.
    Form(String),
    /// A key of a family: the family's name and the key.
    Key(String, String),
}

/// A setting and its place.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) setting: Setting,
    pub(crate) spot: Spot,
}

/// The settings of each level, by key.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settings {
    tables: BTreeMap<Level, BTreeMap<&'static str, Entry>>,
    /// The keys that have a wrong value somewhere. No other value is compared with them.
    wrong: Vec<&'static str>,
}

impl Settings {
    /// Sets a value, and replaces an earlier one.
    pub(crate) fn set(&mut self, level: Level, setting: Setting, spot: Spot) {
        self.tables.entry(level).or_default().insert(setting.key(), Entry { setting, spot });
    }

    /// Notes that a key has a wrong value.
    pub(crate) fn set_wrong(&mut self, key: &str) {
        self.wrong.extend(Parameter::find(key).map(|parameter| parameter.key.name));
    }

    /// Notes that there is a table, even if it is empty.
    pub(crate) fn open(&mut self, level: Level) {
        self.tables.entry(level).or_default();
    }

    /// The names that have a table, or tables of keys.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.tables.keys().filter_map(|level| match level {
            Level::Name(name) | Level::Key(name, _) => Some(name.as_str()),
            Level::All | Level::Form(_) => None,
        })
    }

    pub(crate) fn levels(&self) -> impl Iterator<Item = &Level> {
        self.tables.keys()
    }

    /// Returns the levels that apply to `level`, the strongest first.
    fn chain(&self, level: &Level) -> impl Iterator<Item = &BTreeMap<&'static str, Entry>> {
        let family = match level {
            Level::Key(name, _) => Some(Level::Name(name.clone())),
            _ => None,
        };
        let chain = [Some(level.clone()), family, Some(Level::All)];
        chain.into_iter().flatten().filter_map(|level| self.tables.get(&level))
    }

    /// Returns the entry of a key that applies to `level`.
    fn entry(&self, level: &Level, key: &str) -> Option<&Entry> {
        self.chain(level).find_map(|table| table.get(key))
    }

    /// Returns the builder with the parameters of a level and of the levels under it, without the
    /// keys in `without`.
    fn together(&self, level: &Level, without: &[&str]) -> ConfigBuilder {
        let tables: Vec<_> = self.chain(level).collect();
        let weakest_first = tables.into_iter().rev().flatten();
        let wanted = weakest_first.filter(|(key, _)| !without.contains(key));
        wanted.fold(Config::builder(), |builder, (_, entry)| laid(builder, entry.setting))
    }

    /// Returns the mistakes that values make together, without any declaration under them.
    pub(crate) fn check(&self) -> Vec<Mistake> {
        let mut mistakes: Vec<Mistake> = Vec::new();
        for level in self.tables.keys() {
            let mut reported: Vec<&str> = self.wrong.clone();
            while let Err(error) = written::check_together(self.together(level, &reported)) {
                let Some(entry) = self.entry(level, error.key()) else { break };
                let mistake = Mistake::new(words(error), remedy(error), entry.spot.clone());
                // A value of `[all]` is part of every chain.
                if !mistakes.contains(&mistake) {
                    mistakes.push(mistake);
                }
                reported.push(error.key());
            }
        }
        mistakes
    }

    pub(crate) fn overrides(&self) -> Result<Overrides, Vec<Mistake>> {
        let mut overrides = Overrides::new();
        let mut mistakes = Vec::new();
        for (level, table) in &self.tables {
            let over = table.values().fold(Override::new(), |over, entry| match entry.setting {
                Setting::State(switch) => over.switch(switch),
                Setting::Parameter(..) => over,
            });
            let settings = table.values().map(|entry| entry.setting);
            let over = over.config(settings.fold(Config::builder(), laid));
            let set = match level {
                Level::All => {
                    overrides.set_for_all(over);
                    Ok(())
                }
                Level::Form(form) => {
                    overrides.set_for_form(form, over);
                    Ok(())
                }
                Level::Name(name) => overrides.set(name, over),
                Level::Key(name, key) => overrides.set_for_key(name, key, over),
            };
            // The reader of the file has checked the names.
            if let (Err(error), Some(entry)) = (set, table.values().next()) {
                mistakes.push(Mistake::new(error.to_string(), "", entry.spot.clone()));
            }
        }
        if mistakes.is_empty() { Ok(overrides) } else { Err(mistakes) }
    }

    /// Returns the mistake of an override that a breaker cannot take.
    pub(crate) fn refused(&self, refused: &InvalidOverride) -> Option<Mistake> {
        let level = match &refused.name {
            Some(name) => self.level_of(name),
            None => Level::All,
        };
        let partner = partner(refused.error.key());
        let entry = self.entry(&level, refused.error.key());
        let entry = entry.or_else(|| self.entry(&level, partner?));
        let first = || self.chain(&level).flat_map(BTreeMap::values).next();
        let spot = entry.or_else(first)?.spot.clone();
        let help = match (refused.declared, &refused.name) {
            (Some(place), Some(name)) => {
                format!("`{name}` declares the rest at {place}; {}", remedy(refused.error))
            }
            _ => remedy(refused.error).to_owned(),
        };
        Some(Mistake::new(words(refused.error), help, spot))
    }

    /// Returns the strongest level that applies to a breaker.
    fn level_of(&self, name: &Name) -> Level {
        let is_of = |level: &&Level| match level {
            Level::Key(family, key) => {
                // The shown name is exact enough for a message.
                let shown = format!("{family}/{key}");
                shown == name.as_str()
            }
            Level::Name(own) => {
                own == name.as_str() || name.as_str().starts_with(&format!("{own}/"))
            }
            Level::Form(form) => *form == Name::variable_form(name.as_str()),
            Level::All => true,
        };
        self.tables.keys().rfind(is_of).cloned().unwrap_or(Level::All)
    }
}

#[allow(clippy::large_types_passed_by_value, reason = "a builder is passed along")]
pub(crate) fn laid(builder: ConfigBuilder, setting: Setting) -> ConfigBuilder {
    let Setting::Parameter(key, value) = setting else { return builder };
    Parameter::find(key).map_or(builder, |parameter| parameter.set(builder, value))
}

/// Words the error as the attribute does.
pub(crate) fn words(error: ConfigError) -> String {
    match error.key() {
        "slow_rate" | "backoff_reset" => error.rule().to_owned(),
        _ => error.to_string(),
    }
}

/// The parameter that the value of this key is compared with.
fn partner(key: &str) -> Option<&'static str> {
    match key {
        "cooldown_max" => Some("cooldown"),
        "min_calls" | "failure_count" => Some("window"),
        "slow_rate" => Some("slow_call"),
        "backoff_reset" => Some("backoff"),
        _ => None,
    }
}

pub(crate) fn remedy(error: ConfigError) -> &'static str {
    match error.key() {
        "cooldown_max" => "write a longer `cooldown_max`, or a shorter `cooldown`",
        "min_calls" => "write a smaller `min_calls`, or a larger window",
        "failure_count" => "write a smaller `failure_count`, or a larger window",
        "slow_rate" => "say from what length on a call is slow: `slow_call = \"2s\"`",
        "backoff_reset" => {
            "it is for cooldowns that grow up to a bound; add `backoff = 2.0`, `cooldown_max = \"5m\"`"
        }
        _ => "",
    }
}
