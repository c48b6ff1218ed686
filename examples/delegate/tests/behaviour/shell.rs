//! The program as a subprocess.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::{Child, Command};

use crate::world::{LONG, PROGRAM};

/// The output and exit code of a run.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Starts the program, which shares its breakers with nobody.
pub(crate) fn start<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Child {
    start_in(Path::new("/dev/null/nowhere"), args)
}

/// Starts the program, which shares breakers with programs started in the same folder.
pub(crate) fn start_in<A: AsRef<OsStr>>(folder: &Path, args: impl IntoIterator<Item = A>) -> Child {
    Command::new(PROGRAM)
        .args(args)
        .env("BREAKERBOX_DIR", folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

pub(crate) async fn end(child: Child) -> Ran {
    let output = tokio::time::timeout(LONG, child.wait_with_output()).await.unwrap().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
}

pub(crate) async fn run<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Ran {
    end(start(args)).await
}

/// Runs the loop over these lines.
pub(crate) async fn chat(config: Option<&Path>, lines: &[&str]) -> Ran {
    let mut child = start(chat_args(config));
    type_in(&mut child, lines).await;
    drop(child.stdin.take());
    end(child).await
}

pub(crate) fn chat_args(config: Option<&Path>) -> Vec<&OsStr> {
    let config = config.into_iter().flat_map(|file| [OsStr::new("--config"), file.as_os_str()]);
    config.chain([OsStr::new("chat")]).collect()
}

pub(crate) async fn type_in(child: &mut Child, lines: &[&str]) {
    let input = child.stdin.as_mut().unwrap();
    input.write_all(format!("{}\n", lines.join("\n")).as_bytes()).await.unwrap();
    input.flush().await.unwrap();
}
