//! The loop: one command a line, until the end of the input.

use std::error::Error;
use std::io::{self, IsTerminal, Write};
use std::thread;

use clap::{Parser, Subcommand};
use tokio::sync::mpsc::{Receiver, channel};

use super::session::{Session, Unread, say};
use super::{Command, complain};
use crate::fakes::Mood;

#[derive(Debug, Parser)]
#[command(name = "", no_binary_name = true, disable_help_flag = true)]
#[command(about = "One command a line; a prompt needs quotes only if it has quotes in it")]
struct Line {
    #[command(subcommand)]
    command: LineCommand,
}

#[derive(Debug, Subcommand)]
enum LineCommand {
    #[command(flatten)]
    Command(Command),
    /// Shows the warnings so far
    Notices,
    /// Reads the configuration file again
    Reload,
    /// Sets how a fake behaves from now on
    Mood {
        /// The fake
        name: String,
        /// The mood
        mood: Mood,
    },
    /// Ends the loop
    #[command(visible_alias = "exit")]
    Quit,
}

/// The loop's next step.
enum Next {
    Line,
    End,
}

pub(super) async fn chat(session: &mut Session) -> Result<(), Box<dyn Error>> {
    let mut lines = lines();
    loop {
        invite()?;
        let Some(line) = lines.recv().await else { return Ok(()) };
        match run(session, line).await {
            Ok(Next::Line) => {}
            Ok(Next::End) => return Ok(()),
            Err(error) if error.is::<Unread>() => return Err(error),
            Err(error) => complain(&*error),
        }
    }
}

async fn run(session: &mut Session, line: io::Result<String>) -> Result<Next, Box<dyn Error>> {
    let line = line.map_err(|error| format!("the line cannot be read: {error}"))?;
    let words = shlex::split(&line)
        .ok_or("a quote is not closed; write \"it's\" in double quotes, or it\\'s")?;
    if words.is_empty() {
        return Ok(Next::Line);
    }
    match Line::try_parse_from(words) {
        Ok(line) => carry_out(session, line.command).await,
        Err(mistake) if mistake.use_stderr() => {
            let text = mistake.to_string();
            Err(text.trim_start_matches("error: ").trim_end().to_owned().into())
        }
        Err(help) => say(help.to_string().trim_end()).map(|()| Next::Line),
    }
}

async fn carry_out(session: &mut Session, command: LineCommand) -> Result<Next, Box<dyn Error>> {
    match command {
        LineCommand::Command(command) => session.run(command).await?,
        LineCommand::Notices => session.notices()?,
        LineCommand::Reload => session.reload()?,
        LineCommand::Mood { name, mood } => session.set_mood(&name, mood)?,
        LineCommand::Quit => return Ok(Next::End),
    }
    Ok(Next::Line)
}

/// Prints a prompt if standard input is a terminal.
fn invite() -> Result<(), Box<dyn Error>> {
    if io::stdin().is_terminal() {
        write!(io::stdout(), "> ")?;
        io::stdout().flush()?;
    }
    Ok(())
}

/// Reads lines on a `std` thread, which may still wait when the program ends. The runtime would
/// wait for a blocking thread of its own.
fn lines() -> Receiver<io::Result<String>> {
    let (sender, receiver) = channel(1);
    thread::spawn(move || {
        for line in io::stdin().lines() {
            let is_over = line.as_ref().is_err_and(|e| e.kind() != io::ErrorKind::InvalidData);
            if sender.blocking_send(line).is_err() || is_over {
                return;
            }
        }
    });
    receiver
}
