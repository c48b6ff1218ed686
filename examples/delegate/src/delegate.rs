//! The router: asks back ends in order.

use std::error::Error;
use std::{fmt, io};

use breakerbox::config::Mistakes;
use breakerbox::{Registry, RegistryError, State};

use crate::answer::{Answer, Answerer, AskError, PassedOver, UnknownBackend};
use crate::backend::{self, Backend, BackendError, FAMILY, breaker_of};
use crate::config::{COOLDOWN, Config, FAILURE_THRESHOLD, tuning};
use crate::notices::Notices;
use crate::ollama::{Ollama, OllamaError};
use crate::prompt;
use crate::status::Status;

/// The configured back ends. Their breakers are in the registry of the process, not in here: two
/// delegates share them on purpose.
#[derive(Debug)]
pub struct Delegate {
    config: Config,
    backends: Vec<Backend>,
    ollama: Ollama,
    notices: Notices,
}

impl Delegate {
    /// Sets up the back ends of a configuration, and tunes their breakers.
    ///
    /// # Errors
    /// The file of the notices cannot be opened, or the tuning is refused.
    pub fn new(config: Config) -> Result<Self, SetupError> {
        let notices = Notices::new(config.notifications_file.as_deref())?;
        let ollama = Ollama::new(&config.ollama, config.timeout(config.ollama.timeout_seconds))?;
        tune(&config)?;
        Ok(Self { backends: backends_of(&config), ollama, notices, config })
    }

    /// Takes over another configuration. Breakers keep their state, and a running cooldown keeps
    /// its length.
    ///
    /// # Errors
    /// Like [`new`](Self::new); then the back ends stay as they are.
    pub fn reload(&mut self, config: Config) -> Result<(), SetupError> {
        let ollama = Ollama::new(&config.ollama, config.timeout(config.ollama.timeout_seconds))?;
        self.notices.append_to(config.notifications_file.as_deref())?;
        tune(&config)?;
        for gone in self.backends.iter().filter(|old| !has(&config, old.name())) {
            let registry = Registry::global();
            registry.configure_key(FAMILY, gone.name(), breakerbox::Config::builder())?;
            registry.remove_key(FAMILY, gone.name());
        }
        self.backends = backends_of(&config);
        self.ollama = ollama;
        self.config = config;
        Ok(())
    }

    /// Asks a back end by name, `ollama`, or with `auto` the first that answers.
    ///
    /// # Errors
    /// There is neither an answer nor a time to come back.
    pub async fn ask(&self, whom: &str, prompt: &str) -> Result<Answer, AskError> {
        prompt::check(prompt).map_err(AskError::Prompt)?;
        match whom {
            "auto" => self.ask_in_turn(prompt).await,
            "ollama" => self.ask_ollama(prompt, Vec::new()).await,
            name => self.ask_one(self.find(name).map_err(AskError::Unknown)?, prompt).await,
        }
    }

    async fn ask_one(&self, backend: &Backend, prompt: &str) -> Result<Answer, AskError> {
        let name = backend.name().to_owned();
        match backend::ask(backend, prompt).await {
            Ok(text) => Ok(Answer { by: Answerer::Backend(name), text, passed_over: Vec::new() }),
            Err(why @ BackendError::Rejected(_)) => {
                Ok(Answer::degraded(vec![PassedOver { backend: name, why }]))
            }
            Err(source) => Err(AskError::Backend { name, source }),
        }
    }

    /// Tries the back ends in order. A tripped one costs nothing: its breaker rejects the call, and
    /// no program starts. Asking `is_call_permitted` first would tell no more, and another caller
    /// could trip the breaker in between.
    async fn ask_in_turn(&self, prompt: &str) -> Result<Answer, AskError> {
        let mut passed_over = Vec::new();
        for backend in &self.backends {
            let name = backend.name().to_owned();
            match backend::ask(backend, prompt).await {
                Ok(text) => {
                    return Ok(Answer { by: Answerer::Backend(name), text, passed_over });
                }
                Err(why) => passed_over.push(PassedOver { backend: name, why }),
            }
        }
        self.ask_ollama(prompt, passed_over).await
    }

    async fn ask_ollama(
        &self,
        prompt: &str,
        passed_over: Vec<PassedOver>,
    ) -> Result<Answer, AskError> {
        match self.ollama.ask(prompt).await {
            Ok(text) => Ok(Answer { by: Answerer::Ollama, text, passed_over }),
            Err(_) if !passed_over.is_empty() && passed_over.iter().all(PassedOver::is_skipped) => {
                Ok(Answer::degraded(passed_over))
            }
            Err(source) => Err(AskError::Ollama { passed_over, source }),
        }
    }

    /// Returns the breakers' state now.
    #[must_use]
    pub fn status(&self) -> Status {
        Status::new(&self.config.backends)
    }

    /// Closes a back end's breaker, with nothing counted. Returns its former state.
    ///
    /// # Errors
    /// There is no back end of that name.
    pub fn reset(&self, name: &str) -> Result<State, UnknownBackend> {
        let breaker = breaker_of(self.find(name)?.name());
        Ok(breaker.map_or(State::Closed, |breaker| {
            let before = breaker.state();
            breaker.reset();
            before
        }))
    }

    /// Returns the warnings so far.
    #[must_use]
    pub fn notices(&self) -> &Notices {
        &self.notices
    }

    fn find(&self, name: &str) -> Result<&Backend, UnknownBackend> {
        self.backends.iter().find(|backend| backend.name() == name).ok_or_else(|| {
            let names = self.backends.iter().map(|backend| backend.name().to_owned());
            let known = names.chain(["ollama".to_owned(), "auto".to_owned()]).collect();
            UnknownBackend { found: name.to_owned(), known }
        })
    }
}

fn has(config: &Config, name: &str) -> bool {
    config.backends.iter().any(|backend| backend.name == name)
}

fn backends_of(config: &Config) -> Vec<Backend> {
    let programs = config.backends.iter();
    programs
        .map(|program| {
            let timeout = config.timeout(program.timeout_seconds);
            Backend { program: program.clone(), timeout }
        })
        .collect()
}

/// Lays the file's tuning over the attribute of `backend::ask`. Tuning for one back end beats
/// tuning for all, which beats the attribute. The attribute's two numbers are given again, as
/// `status` shows breakers whose function nobody has called.
fn tune(config: &Config) -> Result<(), SetupError> {
    let registry = Registry::global();
    tuning::source(config.tuning_file.as_deref()).apply(&registry)?;
    let tuning = breakerbox::Config::builder().threshold(FAILURE_THRESHOLD.into());
    registry.configure_all(tuning.cooldown(config.cooldown.unwrap_or(COOLDOWN)))?;
    for program in &config.backends {
        // A probe may take as long as any call. By default another call would get its slot after
        // the cooldown, while the probe may still wait for its timeout.
        let longest = config.timeout(program.timeout_seconds) * 2;
        let tuning = breakerbox::Config::builder().probe_timeout(longest);
        registry.configure_key(FAMILY, &program.name, tuning)?;
    }
    Ok(())
}

/// A failure to set up the back ends.
#[derive(Debug)]
#[non_exhaustive]
pub enum SetupError {
    /// The file of the notices cannot be opened.
    Notices {
        /// The file.
        file: std::path::PathBuf,
        /// The reason.
        source: io::Error,
    },
    /// The HTTP client cannot be made.
    Ollama(OllamaError),
    /// The tuning is refused.
    Tuning(RegistryError),
    /// The file's tuning is refused.
    File(Mistakes),
}

impl From<Mistakes> for SetupError {
    fn from(mistakes: Mistakes) -> Self {
        Self::File(mistakes)
    }
}

impl From<OllamaError> for SetupError {
    fn from(error: OllamaError) -> Self {
        Self::Ollama(error)
    }
}

impl From<RegistryError> for SetupError {
    fn from(error: RegistryError) -> Self {
        Self::Tuning(error)
    }
}

impl fmt::Display for SetupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Notices { file, .. } => {
                write!(f, "cannot append to `notifications_file`, `{}`; ", file.display())?;
                f.write_str("give a file in a folder that is there and can be written")
            }
            Self::Ollama(_) => f.write_str("cannot make a client for ollama"),
            Self::Tuning(_) => f.write_str("the breakers refuse their tuning"),
            Self::File(mistakes) => write!(f, "the breakers refuse their tuning\n\n{mistakes}"),
        }
    }
}

impl Error for SetupError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Notices { source, .. } => Some(source),
            Self::Ollama(error) => Some(error),
            Self::Tuning(error) => Some(error),
            Self::File(_) => None,
        }
    }
}
