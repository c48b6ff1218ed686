//! The command line.

use std::error::Error;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;

use breakerbox::Registry;
use breakerbox::page::Page;
use clap::{Args, Parser, Subcommand};
use stage::page;
use stage::signal::interrupt;
use tokio::runtime::Runtime;

use self::session::{Life, Session};
use crate::demo;
use crate::fakes::{self, FakeArgs};

mod chat;
mod session;

#[derive(Debug, Parser)]
#[command(
    about = "Asks command-line AI back ends, each behind a circuit breaker",
    after_help = "Without arguments it plays an outage, as with --demo.\n\
                  Without --config the back ends are fakes that come with it."
)]
struct Cli {
    /// File with the back ends and the tuning of their breakers (TOML)
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,

    /// Address of a page that shows the breakers during the run, such as 127.0.0.1:9464
    #[arg(long, value_name = "ADDRESS", global = true, value_parser = page::address)]
    page: Option<SocketAddr>,

    /// Outage played by fakes, in about 13 seconds
    #[arg(long)]
    demo: bool,

    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Debug, Subcommand)]
enum Role {
    #[command(flatten)]
    Delegate(Task),
    /// Plays a back end
    #[command(hide = true)]
    Fake(FakeArgs),
}

#[derive(Debug, Subcommand)]
enum Task {
    #[command(flatten)]
    Command(Command),
    /// Reads commands line by line
    #[command(visible_alias = "repl")]
    Chat,
}

/// The commands of the command line and of the loop.
#[derive(Debug, Subcommand)]
enum Command {
    /// Asks a back end
    Ask(Ask),
    /// Shows the breakers
    Status,
    /// Closes the breaker of a back end
    Reset {
        /// The back end
        name: String,
    },
}

#[derive(Debug, Args)]
struct Ask {
    /// A back end, `ollama`, or `auto`: the first that answers
    #[arg(long, short, value_name = "NAME", default_value = "auto")]
    backend: String,

    /// The question
    #[arg(required = true)]
    prompt: Vec<String>,
}

/// Runs the program with the arguments of the process.
#[must_use]
pub fn run() -> ExitCode {
    match dispatch(Cli::parse()) {
        Ok(code) => code,
        Err(error) => {
            complain(&*error);
            ExitCode::FAILURE
        }
    }
}

fn dispatch(cli: Cli) -> Result<ExitCode, Box<dyn Error>> {
    let task = match cli.role {
        // A fake answers one question, and needs no runtime.
        Some(Role::Fake(args)) => return Ok(fakes::play(args)?),
        Some(Role::Delegate(task)) => Some(task),
        None => None,
    };
    let interrupted = match task {
        Some(Task::Chat) => ExitCode::SUCCESS,
        _ => ExitCode::from(130),
    };
    let shown = Page::new(Registry::global());
    // Only answers go to standard output.
    let announce = |line: &str| writeln!(io::stderr(), "{line}");
    Runtime::new()?.block_on(async {
        tokio::select! {
            // Polled first: the signal is listened for before anything starts.
            biased;
            // Dropping `perform` kills the programs that it has started.
            () = interrupt() => Ok(interrupted),
            Err(error) = page::serve(cli.page, shown, announce) => Err(error.into()),
            done = perform(task, cli.demo, cli.config) => done.map(|()| ExitCode::SUCCESS),
        }
    })
}

async fn perform(
    task: Option<Task>,
    demo: bool,
    config: Option<PathBuf>,
) -> Result<(), Box<dyn Error>> {
    match task {
        Some(_) if demo => Err("`--demo` takes no command; leave one of them out".into()),
        Some(Task::Command(command)) => {
            Session::open(config, Life::OneCommand).await?.run_alone(command).await
        }
        Some(Task::Chat) => chat::chat(&mut Session::open(config, Life::Long).await?).await,
        None if config.is_some() => {
            Err("`--config` is of use to a command only; add one, such as `chat`".into())
        }
        None => demo::play(&std::env::current_exe()?, &mut io::stdout()).await,
    }
}

/// Prints an error and its causes on standard error.
fn complain(error: &dyn Error) {
    let mut text = format!("error: {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text.extend([": ", &error.to_string()]);
        cause = error.source();
    }
    // If this fails too, nobody can be told.
    let _ = writeln!(io::stderr(), "{}", text.trim_end());
}
