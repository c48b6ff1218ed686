//! One run: a bot on an event loop, its users, and services that follow the script.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinError;
use tokio::time::sleep_until;

use crate::bot::Bot;
use crate::calls::Guard;
use crate::client::{Addresses, ServiceError};
use crate::crowd::{self, Turn};
use crate::heartbeat::{Control, Pulse};
use crate::scenario::{Scenario, Script};
use crate::service::{Health, Services};
use crate::states::{States, Watch};

/// A run's settings.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// The scenario to play.
    pub scenario: Scenario,
    /// Users who chat at once.
    pub users: u32,
    /// Seed of the users' words and the answers' delays.
    pub seed: u64,
}

/// A run's record. All times are since the start of the script.
#[derive(Debug)]
pub struct Run {
    /// The users' turns, sorted by their end.
    pub turns: Vec<Turn>,
    /// Times of requests to the service that fell sick.
    pub received: Vec<Duration>,
    /// Facts queued for the Cat at the end.
    pub owed: usize,
    /// The pulse of the bot's event loop.
    pub pulse: Pulse,
    /// The pulse of an otherwise idle thread.
    pub control: Pulse,
    /// The breakers' changes; empty without breakers.
    pub states: States,
    /// The services' addresses.
    pub addresses: Addresses,
}

/// Makes one run with breakers and one without, at once, so that the machine's load affects both
/// alike. Only one pair may run at a time, since breakers belong to the process.
///
/// # Errors
/// As for [`run`].
pub fn run_both(setup: Setup, retries: u32, script: Script) -> Result<[Run; 2], RunError> {
    thread::scope(|scope| {
        let bare = scope.spawn(|| run(setup, Guard::Retries(retries), script));
        let guarded = run(setup, Guard::Breakers, script);
        let bare = bare.join().unwrap_or(Err(RunError::Panicked));
        Ok([guarded?, bare?])
    })
}

/// Makes one run, on this thread and the services' threads. On return nothing listens or runs any
/// more.
///
/// # Errors
/// The system refuses ports or threads, or the bot panicked.
pub fn run(setup: Setup, guard: Guard, script: Script) -> Result<Run, RunError> {
    let services = Services::start(setup.seed).map_err(RunError::Services)?;
    let addresses = services.addresses();
    let watch = (guard == Guard::Breakers).then(|| Watch::start(script));
    let control = Control::start().map_err(RunError::Runtime)?;
    let pulse = Pulse::default();
    let bot = Bot::new(addresses, guard).map_err(RunError::Client)?;
    let bot = Arc::new(bot);
    let loop_of_bot = event_loop().map_err(RunError::Runtime)?;
    loop_of_bot.spawn(pulse.clone().beat());
    let turns = loop_of_bot.block_on(live(&bot, setup, script, &services));
    drop(loop_of_bot);
    let received = services.stop(setup.scenario.service).map_err(RunError::Services)?;
    Ok(Run {
        turns: turns.map_err(RunError::Bot)?,
        received: script.times_of(&received),
        owed: bot.owed(),
        pulse,
        control: control.stop(),
        states: watch.map(Watch::stop).unwrap_or_default(),
        addresses,
    })
}

fn event_loop() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}

async fn live(
    bot: &Arc<Bot>,
    setup: Setup,
    script: Script,
    services: &Services,
) -> Result<Vec<Turn>, JoinError> {
    let Setup { scenario, users, seed, .. } = setup;
    let direction = async {
        sleep_until(script.instant(script.sick().start)).await;
        services.of(scenario.service).set(scenario.health);
        sleep_until(script.instant(script.sick().end)).await;
        services.of(scenario.service).set(Health::Healthy);
        Ok(())
    };
    let consolidation = async {
        sleep_until(script.instant(script.consolidation())).await;
        if scenario.consolidation { crowd::consolidate(bot, script).await } else { Ok(()) }
    };
    let (turns, (), ()) =
        tokio::try_join!(crowd::chat(bot, users, seed, script), direction, consolidation)?;
    Ok(turns)
}

/// An error of a run.
#[derive(Debug)]
#[non_exhaustive]
pub enum RunError {
    /// A service failed outside the script.
    Services(io::Error),
    /// The system gave no event loop or thread.
    Runtime(io::Error),
    /// The HTTP client cannot be set up.
    Client(ServiceError),
    /// A user's chat panicked.
    Bot(JoinError),
    /// The run panicked.
    Panicked,
}

impl fmt::Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Services(_) => "a service failed",
            Self::Runtime(_) => "cannot start the bot",
            Self::Client(_) => "cannot set up the HTTP client",
            Self::Bot(_) => "a chat failed",
            Self::Panicked => "the run panicked",
        })
    }
}

impl Error for RunError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Services(error) | Self::Runtime(error) => Some(error),
            Self::Client(error) => Some(error),
            Self::Bot(error) => Some(error),
            Self::Panicked => None,
        }
    }
}
