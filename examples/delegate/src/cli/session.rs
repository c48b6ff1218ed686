//! Carries out commands and prints the results.

use std::error::Error;
use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use breakerbox::{State, host};

use super::{Ask, Command};
use crate::config::Config;
use crate::delegate::Delegate;
use crate::fakes::{CAST, Fakes, Mood};

/// The fakes' tuning: short, for a trial by hand.
const COOLDOWN: Duration = Duration::from_secs(10);
const TIMEOUT: Duration = Duration::from_secs(5);

const FAKED: &str = "note: without --config the back ends are fakes that come with this program";
const BEGUN: &str = "The fakes live in the process, and so do their breakers: all are closed.\n\
                     With `--config` this command shows and steers what all processes have done.";

/// The back ends, and the number of notices shown.
pub(super) struct Session {
    delegate: Delegate,
    source: Source,
    /// The number of notices shown.
    shown: usize,
}

/// The time for which the process hears of others.
#[derive(Clone, Copy)]
pub(super) enum Life {
    OneCommand,
    Long,
}

enum Source {
    File(PathBuf),
    Fakes(Fakes),
}

impl Session {
    /// Back ends of a file share the host's breakers. Fakes start with breakers of their own.
    pub(super) async fn open(file: Option<PathBuf>, lives: Life) -> Result<Self, Box<dyn Error>> {
        let (config, source) = match file {
            Some(file) => {
                match lives {
                    Life::OneCommand => host::join_once(),
                    Life::Long => host::join(),
                }
                (Config::load(&file)?, Source::File(file))
            }
            None => {
                let fakes = Fakes::start(&std::env::current_exe()?).await?;
                note(FAKED)?;
                (fakes.config(COOLDOWN, TIMEOUT), Source::Fakes(fakes))
            }
        };
        Ok(Self { delegate: Delegate::new(config)?, source, shown: 0 })
    }

    /// Runs the only command of this process.
    pub(super) async fn run_alone(&mut self, command: Command) -> Result<(), Box<dyn Error>> {
        let is_about_fakes = matches!(self.source, Source::Fakes(_));
        let is_about_state = !matches!(command, Command::Ask(_));
        self.run(command).await?;
        if is_about_state && is_about_fakes { say(BEGUN) } else { Ok(()) }
    }

    pub(super) async fn run(&mut self, command: Command) -> Result<(), Box<dyn Error>> {
        match command {
            Command::Ask(ask) => self.ask(&ask).await,
            Command::Status => say(&self.delegate.status().to_string()),
            Command::Reset { name } => self.reset(&name),
        }
    }

    fn reset(&self, name: &str) -> Result<(), Box<dyn Error>> {
        let unshared = || host::status().map_or(0, |status| status.local_events);
        let before = unshared();
        let was = self.delegate.reset(name)?;
        if let Some(status) = host::status().filter(|status| status.local_events > before) {
            let reason = status.trouble.map(|trouble| format!(": {trouble}"));
            let reason = reason.unwrap_or_default();
            return Err(
                format!("{name} is as it was for other processes{reason}; try again").into()
            );
        }
        match was {
            State::Closed => say(&format!("{name} is closed, nothing is counted")),
            was => say(&format!("{name} was {was}, is closed now")),
        }
    }

    async fn ask(&mut self, ask: &Ask) -> Result<(), Box<dyn Error>> {
        let answer = self.delegate.ask(&ask.backend, &ask.prompt.join(" ")).await;
        for notice in self.delegate.notices().since(self.shown) {
            self.shown += 1;
            note(&format!("{}: {}", notice.level, notice.message))?;
        }
        let answer = answer?;
        if !answer.is_degraded() {
            for passed in &answer.passed_over {
                note(&format!("note: {passed}"))?;
            }
        }
        say(&answer.to_string())
    }

    pub(super) fn notices(&self) -> Result<(), Box<dyn Error>> {
        let notices = self.delegate.notices().all();
        if notices.is_empty() {
            return say("no notices");
        }
        for notice in notices {
            say(&serde_json::to_string(&notice)?)?;
        }
        Ok(())
    }

    pub(super) fn reload(&mut self) -> Result<(), Box<dyn Error>> {
        let Source::File(file) = &self.source else {
            return Err("there is no file to reload; start with `--config FILE`".into());
        };
        self.delegate.reload(Config::load(file)?)?;
        say("reloaded; breakers keep their state")
    }

    pub(super) fn set_mood(&self, name: &str, mood: Mood) -> Result<(), Box<dyn Error>> {
        let Source::Fakes(fakes) = &self.source else {
            return Err("`mood` is for fakes; start without `--config`".into());
        };
        if !CAST.contains(&name) {
            return Err(format!("no fake `{name}`; choose from: {}", CAST.join(", ")).into());
        }
        fakes.stage.set(name, mood)?;
        say(&format!("{name}: {}", mood.word()))
    }
}

/// Prints a line. Unlike `println!`, this does not panic if nobody reads.
pub(super) fn say(text: &str) -> Result<(), Box<dyn Error>> {
    Ok(writeln!(io::stdout(), "{text}").map_err(Unread)?)
}

/// Like [`say`], but on standard error.
fn note(text: &str) -> Result<(), Box<dyn Error>> {
    Ok(writeln!(io::stderr(), "{text}").map_err(Unread)?)
}

/// Nobody reads the output: no command is of use any more.
#[derive(Debug)]
pub(super) struct Unread(io::Error);

impl std::fmt::Display for Unread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("cannot print")
    }
}

impl Error for Unread {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}
