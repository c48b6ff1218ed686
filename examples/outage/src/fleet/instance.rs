//! One process of the fleet: from its parent's side, and from its own.

use std::env;
use std::error::Error;
use std::io;
use std::net::SocketAddr;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use breakerbox::fleet::{Fleet, Redis, Store};
use breakerbox::{EventKind, Registry};
use stage::output::say;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::runtime::Builder;
use tokio::time::timeout;

use super::line::{Answers, Line};
use super::report::Report;
use crate::args::Args;
use crate::client::Llm;
use crate::load::{self, Answer, Guard};
use crate::script::Script;

/// The longest that an instance may take to start and to join, and its last call to end.
const PATIENCE: Duration = Duration::from_secs(20);

/// A running process. Dropping this kills the process.
#[derive(Debug)]
pub(super) struct Instance {
    length: Duration,
    process: Child,
    input: ChildStdin,
    output: Lines<BufReader<ChildStdout>>,
}

impl Instance {
    /// Starts this program as an instance. With a URL, the instance shares breakers by that server.
    pub(super) fn start(
        args: &Args,
        size: u16,
        number: u16,
        url: Option<&str>,
    ) -> Result<Self, Box<dyn Error>> {
        let mut command = Command::new(env::current_exe()?);
        command.args(args.of_instance(size, number));
        command.args(url.iter().flat_map(|url| ["--redis", url]));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let failed = |error: io::Error| format!("instance {number} does not start: {error}");
        let mut process = command.spawn().map_err(failed)?;
        let closed = || format!("instance {number} has no input or output");
        let input = process.stdin.take().ok_or_else(closed)?;
        let output = BufReader::new(process.stdout.take().ok_or_else(closed)?).lines();
        Ok(Self { length: args.length(), process, input, output })
    }

    pub(super) async fn wait_until_ready(&mut self) -> Result<(), Box<dyn Error>> {
        match self.line(PATIENCE).await? {
            Some(Line::Ready) => Ok(()),
            Some(other) => Err(format!("an instance said `{other}` before it was ready").into()),
            None => Err("an instance ended before it was ready".into()),
        }
    }

    /// Makes the instance send its share of the calls.
    pub(super) async fn begin(&mut self, service: SocketAddr) -> io::Result<()> {
        self.input.write_all(format!("{service}\n").as_bytes()).await
    }

    /// Gathers the instance's lines to the end.
    pub(super) async fn report(mut self) -> Result<Report, Box<dyn Error>> {
        let mut report = Report::default();
        while let Some(line) = self.line(self.length + PATIENCE).await? {
            match line {
                Line::Ready => {}
                Line::State(at, state) => report.states.push((at, state)),
                Line::Answers(answers) => report.answers = answers,
            }
        }
        let status = self.process.wait().await?;
        if status.success() {
            Ok(report)
        } else {
            Err(format!("an instance failed, {status}").into())
        }
    }

    async fn line(&mut self, patience: Duration) -> Result<Option<Line>, Box<dyn Error>> {
        let line = timeout(patience, self.output.next_line()).await;
        let line = line.map_err(|_| format!("an instance is silent for {patience:?}"))??;
        Ok(line.map(|line| line.parse()).transpose()?)
    }
}

/// Plays instance `number`, which reports on standard output.
pub(super) fn play(args: &Args, size: u16, number: u16) -> Result<(), Box<dyn Error>> {
    let _fleet = args.redis.as_deref().map(|url| join(url, number)).transpose()?;
    say(format_args!("{}", Line::Ready))?;
    let mut service = String::new();
    io::stdin().read_line(&mut service)?;
    let llm = Llm::at(service.trim())?;

    let script = Script::of_fleet(args.length());
    let _subscription = Registry::global().on_transition(move |event| {
        if let EventKind::Transition { to, .. } = event.kind {
            // This fails only if the parent, the reader, is gone.
            let _ = say(format_args!("{}", Line::State(script.now(), to)));
        }
    });
    // Requests of the whole fleet are numbered. Each instance sends every `size`th.
    let numbers = (u32::from(number)..).step_by(size.into());
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let sent = load::send(llm, Guard::Breaker, args.rate, script, numbers);
    let answers = Line::Answers(count(&runtime.block_on(sent)?)?);
    say(format_args!("{answers}"))?;
    Ok(())
}

/// Joins the fleet, and returns once the server answers.
fn join(url: &str, number: u16) -> Result<Fleet, Box<dyn Error>> {
    let fleet = Redis::new(url)?
        .namespace("outage")?
        // By default all processes of a machine are one witness of the outage.
        .domain(format!("instance-{number}"))?
        .join(&Registry::global());
    let deadline = Instant::now() + PATIENCE / 2;
    while fleet.status().store != Store::Joined {
        if Instant::now() > deadline {
            return Err(format!("instance {number} cannot join: {}", fleet.status()).into());
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(fleet)
}

fn count(answers: &[Answer]) -> Result<Answers, Box<dyn Error>> {
    let count = |belongs: fn(&Answer) -> bool| {
        u32::try_from(answers.iter().filter(|answer| belongs(answer)).count())
    };
    Ok(Answers {
        real: count(Answer::is_real)?,
        fallback: count(Answer::is_fallback)?,
        error: count(Answer::is_error)?,
    })
}
