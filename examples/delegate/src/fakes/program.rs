//! The program that plays a command-line AI: `delegate fake gemini ...`.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::thread;
use std::time::Duration;

use super::{Mood, Stage};

/// The longest that a fake hangs: longer than any caller waits, but not for ever if its parent dies
/// without killing it.
const PATIENCE: Duration = Duration::from_secs(120);
const GLANCE: Duration = Duration::from_millis(5);

/// The arguments of a fake.
#[derive(Clone, Debug, clap::Args)]
pub struct FakeArgs {
    /// Back end to play
    name: String,
    /// Folder with the fake's mood and its starts
    #[arg(long)]
    stage: PathBuf,
    /// Prompt; if left out, standard input
    #[arg(last = true)]
    prompt: Option<String>,
}

/// Plays a back end in its mood.
///
/// # Errors
/// The stage or the prompt cannot be read, or the answer not be written.
pub fn play(args: FakeArgs) -> io::Result<ExitCode> {
    let FakeArgs { name, stage, prompt } = args;
    let stage = Stage::new(std::env::current_exe()?, stage);
    stage.note_start(&name)?;
    let mut out = io::stdout();
    match settled(&stage, &name)? {
        Mood::Answer => {
            let prompt = prompt.map_or_else(|| io::read_to_string(io::stdin()), Ok)?;
            writeln!(out, "{name} has read: {prompt}")?;
        }
        Mood::Flood => {
            io::copy(&mut io::repeat(b'x').take(4 * 1024 * 1024), &mut out)?;
        }
        Mood::Silence => {}
        Mood::ExpiredLogin => return complain("your login has expired; log in again"),
        Mood::WithdrawnModel => return complain("the model was withdrawn; choose another"),
        Mood::Hang | Mood::Hold => thread::sleep(PATIENCE),
        Mood::HangBelow => hang_below(&name, &stage)?,
        Mood::Die => std::process::abort(),
    }
    Ok(ExitCode::SUCCESS)
}

/// Returns the mood, once it is not `Hold`.
fn settled(stage: &Stage, name: &str) -> io::Result<Mood> {
    let mut waited = Duration::ZERO;
    loop {
        let mood = stage.mood(name)?;
        if mood != Mood::Hold || waited > PATIENCE {
            return Ok(mood);
        }
        thread::sleep(GLANCE);
        waited += GLANCE;
    }
}

fn complain(what: &str) -> io::Result<ExitCode> {
    writeln!(io::stderr(), "starting\nerror: {what}")?;
    Ok(ExitCode::from(41))
}

/// Plays a launcher, as many such programs are: its child has the output open, and lives on if only
/// the launcher is killed.
fn hang_below(name: &str, stage: &Stage) -> io::Result<()> {
    let below = format!("{name}-below");
    stage.set(&below, Mood::Hang)?;
    let mut child = Command::new(std::env::current_exe()?)
        .args(["fake", &below, "--stage"])
        .arg(stage.folder())
        .stdin(Stdio::null())
        .spawn()?;
    child.wait().map(drop)
}
