//! The sources of tuning, and how it gets into a registry.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use breaker_core::written::spelling::distance;
use breaker_core::{Name, OverrideSource, Registry};
use toml::de::DeTable;

use crate::mistake::{Mistake, Mistakes};
use crate::settings::{Level, Settings};
use crate::text::{File, Spot};
use crate::{file, variables};

/// The variable that names the file.
const FILE: &str = "BREAKERBOX_CONFIG";

/// The largest file that is read. One of this size tunes ten thousand breakers.
const LARGEST: u64 = 1 << 20;

/// A file and environment variables that tune breakers.
///
/// ```
/// use breaker_config::Source;
/// use breaker_core::{Config, Registry};
///
/// # let folder = std::env::temp_dir().join(format!("breaker-config-source-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # let path = folder.join("breakers.toml");
/// std::fs::write(&path, "[breakers.llm]\nthreshold = 3\ncooldown = \"1m\"\n")?;
/// let registry = Registry::new();
/// let applied = Source::new().file(&path).env(std::env::vars_os()).apply(&registry)?;
/// let llm = registry.get_or_insert("llm", Config::new())?;
/// assert_eq!(llm.config().threshold(), Some(3));
/// # std::fs::remove_dir_all(folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a source does nothing until it is applied or watched"]
pub struct Source {
    file: Option<PathBuf>,
    /// Turns a file that other parts of the program use too into a file of this crate.
    arrange: Option<Arrange>,
    /// True if the file may be missing.
    optional: bool,
    variables: Vec<(String, String)>,
}

/// Turns a file that other parts of the program use too into a file of this crate.
pub(crate) type Arrange = fn(&mut DeTable<'_>);

/// The tuning that a [`Source`] has laid over the breakers of a registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    given: Vec<Given>,
}

/// A name or key that a source tunes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Given {
    pub(crate) level: Level,
}

impl Source {
    /// An empty source.
    pub const fn new() -> Self {
        Source { file: None, arrange: None, optional: false, variables: Vec::new() }
    }

    /// Takes a file, and replaces one that was given before. The file must exist, unless the
    /// variable `BREAKERBOX_CONFIG` names another.
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self.arrange = None;
        self.optional = false;
        self
    }

    /// Like [`file`](Self::file), for a file that other parts of the program use too. `arrange`
    /// removes all that is not for breakers, and may rename and move the rest, until the file is
    /// one of this crate. The types are those of version 1 of the crate `toml`; a program that
    /// needs them by name depends on it. A value keeps its span, so that a mistake is shown at the
    /// value's place.
    ///
    /// ```
    /// use breaker_config::Source;
    /// use breaker_core::{Config, Registry};
    ///
    /// # let folder = std::env::temp_dir().join(format!("breaker-config-shared-{}", std::process::id()));
    /// # std::fs::create_dir_all(&folder)?;
    /// # let path = folder.join("program.toml");
    /// std::fs::write(&path, "port = 80\n[breakers.llm]\nthreshold = 3\n")?;
    /// let source = Source::new().shared_file(&path, |file| {
    ///     let ours = ["all", "breakers"].map(|key| file.remove_entry(key));
    ///     *file = ours.into_iter().flatten().collect();
    /// });
    /// let registry = Registry::new();
    /// source.apply(&registry)?;
    /// assert_eq!(registry.breaker("llm")?.config().threshold(), Some(3));
    /// # std::fs::remove_dir_all(folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn shared_file(mut self, path: impl Into<PathBuf>, arrange: fn(&mut DeTable<'_>)) -> Self {
        self = self.file(path);
        self.arrange = Some(arrange);
        self
    }

    /// Like [`file`](Self::file), for a file that may be missing when the program starts.
    pub fn optional_file(mut self, path: impl Into<PathBuf>) -> Self {
        self = self.file(path);
        self.optional = true;
        self
    }

    /// Takes variables, such as `std::env::vars_os()`. A variable whose name begins with
    /// `BREAKERBOX__` replaces a value of the file; `BREAKERBOX_CONFIG` names the file. All others
    /// are ignored. They are read now: a process's environment does not change from outside.
    pub fn env(mut self, variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        for (name, value) in variables {
            let Some(name) = name.to_str() else { continue };
            if name == FILE && !value.is_empty() {
                self = self.file(value);
            } else if name.starts_with(variables::PREFIX) {
                // No key has a value that is not Unicode, so the text is refused as a value.
                self.variables.push((name.to_owned(), value.to_string_lossy().into_owned()));
            }
        }
        self.variables.sort();
        self
    }

    /// Reads everything, and lays it over the breakers of the registry, also over breakers that are
    /// made later: all of it or nothing. Tuning that this process applied earlier from a file or
    /// variables, and that is now gone from them, is taken back. Breakers keep their state and
    /// their counts; see [`Registry::replace_overrides`].
    ///
    /// # Errors
    /// Every mistake in the file and the variables; then nothing is changed. Some mistakes depend
    /// on a function's declaration, such as a `cooldown_max` below its `cooldown`. They are found
    /// for the breakers that exist. A breaker that is made later keeps its declaration, and
    /// [`Registry::invalid_overrides`] lists the override.
    pub fn apply(&self, registry: &Registry) -> Result<Applied, Mistakes> {
        self.lay(self.read_file()?.as_deref(), registry)
    }

    /// Reads everything, and applies nothing: a check for a deployment.
    ///
    /// # Errors
    /// Every mistake in the file and the variables.
    pub fn check(&self) -> Result<(), Mistakes> {
        let settings = self.settings(self.read_file()?.as_deref(), &[])?;
        settings.overrides().map(drop).or_else(Mistakes::none_of)
    }

    /// Lays the bytes of the file, and the variables, over the breakers of the registry.
    pub(crate) fn lay(
        &self,
        bytes: Option<&[u8]>,
        registry: &Registry,
    ) -> Result<Applied, Mistakes> {
        // Only a variable needs the names: its form does not tell which one it means.
        let names = if self.variables.is_empty() { BTreeSet::new() } else { names(registry) };
        let settings = self.settings(bytes, &names.into_iter().collect::<Vec<_>>())?;
        let overrides = match settings.overrides() {
            Ok(overrides) => overrides,
            Err(mistakes) => return Err(Mistakes::of(mistakes)),
        };
        registry.replace_overrides(OverrideSource::File, overrides).map_err(|refused| {
            let mistakes = refused
                .list()
                .iter()
                .map(|one| settings.refused(one).unwrap_or_else(|| self.stray(one.to_string())));
            Mistakes::of(mistakes.collect())
        })?;
        Ok(Applied {
            given: settings.levels().map(|level| Given { level: level.clone() }).collect(),
        })
    }

    /// The mistake of an override that no setting corresponds to.
    fn stray(&self, said: String) -> Mistake {
        Mistake::new(said, "", Spot::whole_file(self.path().unwrap_or(Path::new(FILE))))
    }

    pub(crate) fn path(&self) -> Option<&Path> {
        self.file.as_deref()
    }

    /// Makes a missing file a mistake from now on.
    pub(crate) fn must_be_there(&mut self) {
        self.optional = false;
    }

    fn settings(&self, bytes: Option<&[u8]>, names: &[String]) -> Result<Settings, Mistakes> {
        let mut settings = Settings::default();
        let mut mistakes = Vec::new();
        if let (Some(bytes), Some(path)) = (bytes, self.path()) {
            match std::str::from_utf8(bytes) {
                Ok(text) => {
                    mistakes = file::read(&File::new(path, text), self.arrange, &mut settings);
                }
                Err(error) => mistakes.push(not_unicode(path, bytes, error.valid_up_to())),
            }
        }
        let of_file = settings.names().map(str::to_owned);
        let known: BTreeSet<String> = names.iter().cloned().chain(of_file).collect();
        let known: Vec<String> = known.into_iter().collect();
        for (name, value) in &self.variables {
            mistakes.extend(variables::read((name, value), &known, &mut settings).err());
        }
        if mistakes.is_empty() && !self.variables.is_empty() {
            mistakes = settings.check();
        }
        Mistakes::none_of(mistakes).map(|()| settings)
    }

    /// Returns the bytes of the file; `None` if there is no file to read.
    pub(crate) fn read_file(&self) -> Result<Option<Vec<u8>>, Mistakes> {
        let Some(path) = self.path() else { return Ok(None) };
        match read(path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if self.optional && error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => {
                let wrong = format!("cannot read the file: {error}");
                Err(Mistake::new(wrong, "", Spot::whole_file(path)).into())
            }
        }
    }
}

/// The names of the breakers, without keys, and of the program's functions.
fn names(registry: &Registry) -> BTreeSet<String> {
    let mut names = declared();
    names.extend(registry.iter().map(|breaker| breaker.family().to_string()));
    names
}

/// The names of the program's functions, if the feature `inventory` lists them.
fn declared() -> BTreeSet<String> {
    #[cfg(feature = "inventory")]
    return Registry::declared().into_iter().map(|function| function.name.to_string()).collect();
    #[cfg(not(feature = "inventory"))]
    BTreeSet::new()
}

/// Returns the text for a level whose name or key no breaker has, with a similar name if there is
/// one.
fn told(level: &Level, names: &BTreeSet<String>) -> String {
    let Level::Name(name) = level else { return level.to_string() };
    let is_similar = |(distance, other): &(usize, &String)| {
        distance * 3 <= name.chars().count().max(other.chars().count())
    };
    let nearest = names.iter().map(|other| (distance(name, other), other)).min();
    match nearest.filter(is_similar) {
        Some((_, similar)) => format!("{level} (a similar name exists: `{similar}`)"),
        None => level.to_string(),
    }
}

fn read(path: &Path) -> io::Result<Vec<u8>> {
    let other = |said: &str| Err(io::Error::other(said.to_owned()));
    // The opening of a pipe waits for a writer.
    if !fs::metadata(path)?.is_file() {
        return other("it is no regular file");
    }
    let file = fs::File::open(path)?;
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return other("it is larger than 1 MiB");
    }
    Ok(bytes)
}

fn not_unicode(path: &Path, bytes: &[u8], at: usize) -> Mistake {
    let text = String::from_utf8_lossy(bytes);
    let file = File::new(path, &text);
    let wrong = "the file is not UTF-8";
    Mistake::new(wrong, "save it as UTF-8, without this byte", file.spot(&(at..at + 1)))
}

impl Applied {
    /// Returns the number of tables and names that have been applied.
    #[must_use]
    pub fn len(&self) -> usize {
        self.given.len()
    }

    /// Returns true if nothing was given.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    /// Returns the names and keys that no breaker of the registry has so far. A function's first
    /// call makes its breaker, so a name may be here for a while; a name that stays is misspelt.
    /// With the feature `inventory`, the name of a function is never here, called or not.
    #[must_use]
    pub fn unused(&self, registry: &Registry) -> Vec<String> {
        let names = names(registry);
        self.without(&names, |name, key| registry.get_key(name, key).is_some())
    }

    /// Returns the names that neither a breaker of the registry nor a function of the program has
    /// (feature `inventory`). A breaker that the program makes by hand later counts as unknown.
    /// Returns nothing if the program has no annotated function, and nothing without the feature:
    /// [`unused`](Self::unused) then returns such names after a while.
    #[must_use]
    pub fn misspelt(&self, registry: &Registry) -> Vec<String> {
        if declared().is_empty() {
            return Vec::new();
        }
        self.without(&names(registry), |_, _| true)
    }

    /// Returns the given names that are not among `names`, and the given keys that are not used.
    fn without(
        &self,
        names: &BTreeSet<String>,
        is_key_used: impl Fn(&str, &str) -> bool,
    ) -> Vec<String> {
        let is_used = |level: &Level| match level {
            Level::All => true,
            Level::Name(name) => names.contains(name),
            Level::Form(form) => names.iter().any(|name| Name::variable_form(name) == *form),
            // If no breaker has the name, only the name is reported, not its keys.
            Level::Key(name, key) => !names.contains(name) || is_key_used(name, key),
        };
        let unused = self.given.iter().filter(|given| !is_used(&given.level));
        unused.map(|given| told(&given.level, names)).collect()
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Level::All => f.write_str("[all]"),
            Level::Name(name) => write!(f, "`{name}`"),
            Level::Form(form) => write!(f, "`{form}`, by a variable"),
            Level::Key(name, key) => write!(f, "`{name}` with the key `{}`", key.escape_debug()),
        }
    }
}
