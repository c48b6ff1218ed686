//! One run of a back end's program: no shell, bounded output, no process left behind.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};
use tokio::time::timeout;

use crate::backend::{Backend, BackendError};

/// The most bytes that are kept of an answer.
pub const LONGEST_ANSWER: usize = 256 * 1024;
/// The most bytes that are kept of standard error.
const LONGEST_COMPLAINT: usize = 4 * 1024;
/// The most characters shown of the last error line.
const LONGEST_LINE: usize = 200;
/// The time to wait for the end of a killed program.
const GRACE: Duration = Duration::from_secs(5);

const PROMPT: &str = "{prompt}";

/// Starts the program, hands it the prompt and waits for its answer. This is
/// the bare call: [`backend::ask`](crate::backend::ask) has the breaker.
///
/// If the future is dropped, the program is killed.
///
/// # Errors
/// The program cannot be started, fails, hangs or says nothing.
pub async fn run(backend: &Backend, prompt: &str) -> Result<String, BackendError> {
    let mut process = Process::start(backend, prompt)?;
    // Inside the breaker, which then counts a hang as a failure.
    let Ok(ended) = timeout(backend.timeout, process.converse()).await else {
        process.kill();
        // Times out only if the system keeps the process.
        let _ = timeout(GRACE, process.child.wait()).await;
        return Err(BackendError::TimedOut { after: backend.timeout });
    };
    ended.map_err(BackendError::Pipe)?.judge()
}

struct Process {
    child: Child,
    /// The text for standard input.
    input: Option<String>,
}

impl Process {
    fn start(backend: &Backend, prompt: &str) -> Result<Self, BackendError> {
        let program = &backend.program;
        let takes_argument = program.args.iter().any(|argument| argument.contains(PROMPT));
        let mut command = Command::new(&program.command);
        command
            .args(program.args.iter().map(|argument| argument.replace(PROMPT, prompt)))
            .stdin(if takes_argument { Stdio::null() } else { Stdio::piped() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        // A process group of its own: Ctrl-C at the terminal reaches this program alone, and the
        // back end's children are killed with it.
        #[cfg(unix)]
        command.process_group(0);
        let child = command.spawn().map_err(|source| {
            let command = program.command.display().to_string();
            BackendError::Start { command, source }
        })?;
        Ok(Self { child, input: (!takes_argument).then(|| prompt.to_owned()) })
    }

    /// Writes and reads at the same time: one full pipe would stop everything.
    async fn converse(&mut self) -> io::Result<Ended> {
        let Child { stdin, stdout, stderr, .. } = &mut self.child;
        let ((), answer, complaint) = tokio::try_join!(
            write(stdin.take(), self.input.take()),
            read::<ChildStdout>(stdout.take(), LONGEST_ANSWER),
            read::<ChildStderr>(stderr.take(), LONGEST_COMPLAINT),
        )?;
        let status = self.child.wait().await?;
        Ok(Ended { status, answer, complaint })
    }

    /// Kills the program and its children. Does nothing once it is reaped, when another process may
    /// have its number.
    fn kill(&mut self) {
        #[cfg(unix)]
        if let Some(group) = self.group() {
            // This fails only if the group has ended.
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.start_kill();
    }

    #[cfg(unix)]
    fn group(&self) -> Option<rustix::process::Pid> {
        let number = self.child.id()?.try_into().ok()?;
        rustix::process::Pid::from_raw(number)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}

async fn write(pipe: Option<ChildStdin>, input: Option<String>) -> io::Result<()> {
    let (Some(mut pipe), Some(input)) = (pipe, input) else { return Ok(()) };
    match pipe.write_all(input.as_bytes()).await {
        // The program may leave input unread: its answer decides.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Keeps the first `most` bytes. Reads the rest too, or the program would block on a full pipe.
async fn read<P: AsyncRead + Unpin>(pipe: Option<P>, most: usize) -> io::Result<Output> {
    let Some(mut pipe) = pipe else { return Ok(Output::default()) };
    let mut bytes = Vec::new();
    (&mut pipe).take(most as u64).read_to_end(&mut bytes).await?;
    let dropped = tokio::io::copy(&mut pipe, &mut tokio::io::sink()).await?;
    Ok(Output { bytes, dropped })
}

#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
    dropped: u64,
}

/// A program that has ended.
struct Ended {
    status: ExitStatus,
    answer: Output,
    complaint: Output,
}

impl Ended {
    fn judge(self) -> Result<String, BackendError> {
        if !self.status.success() {
            let said = last_line(&String::from_utf8_lossy(&self.complaint.bytes));
            return Err(BackendError::Failed { status: self.status, said });
        }
        let text = String::from_utf8_lossy(&self.answer.bytes);
        match (text.trim(), self.answer.dropped) {
            ("", _) => Err(BackendError::Silent),
            (text, 0) => Ok(text.to_owned()),
            (text, dropped) => Ok(format!("{text} [{dropped} bytes more]")),
        }
    }
}

/// Returns the last line that is not blank, without control characters.
fn last_line(text: &str) -> String {
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    line.trim().chars().filter(|c| !c.is_control()).take(LONGEST_LINE).collect()
}
