//! Instances that are processes.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use redis::Commands;

use crate::server::RedisServer;
use crate::world::eventually;

/// Processes of one service, which end with the value.
struct Processes {
    folder: PathBuf,
    children: Vec<Child>,
}

impl Processes {
    fn begin(server: &RedisServer, domains: &[&str]) -> Self {
        let folder = server.folder().join("service");
        fs::create_dir(&folder).unwrap();
        let begin = |domain: &&str| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_instance"));
            command.arg(server.url()).args(["shop/test", domain]).arg(&folder);
            command.stdin(Stdio::piped()).spawn().unwrap()
        };
        let children = domains.iter().map(begin).collect();
        Self { folder, children }
    }

    fn set(&self, name: &str, is_on: bool) {
        let file = self.folder.join(name);
        if is_on { fs::write(file, "").unwrap() } else { fs::remove_file(file).unwrap() }
    }

    /// Returns who has called, and how, since a number of calls.
    fn calls(&self, since: usize) -> Vec<(u32, String)> {
        let text = fs::read_to_string(self.folder.join("calls")).unwrap_or_default();
        let whole = text.rsplit_once('\n').map_or("", |(whole, _)| whole);
        let read = |line: &str| {
            let (process, kind) = line.split_once(' ').unwrap();
            (process.parse().unwrap(), kind.to_owned())
        };
        whole.lines().skip(since).map(read).collect()
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        for child in &mut self.children {
            let _ = (child.kill(), child.wait());
        }
    }
}

#[test]
fn holder_that_is_killed_is_followed_after_its_lease() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let mut processes = Processes::begin(&server, &["eu-1", "eu-2", "us-1"]);
    let live = || -> u32 { server.connection().zcard("{bb:v1:shop/test}:live").unwrap() };
    eventually("all have joined", || live() == 3);
    processes.set("down", true);
    let is_open = || -> bool {
        server.connection().sismember("{bb:v1:shop/test}:open", "7:service").unwrap()
    };
    eventually("the record is open", is_open);
    // The next probe does not come back.
    processes.set("hang", true);
    let since = processes.calls(0).len();
    let probe = |processes: &Processes, but: &[u32]| {
        let calls = processes.calls(since);
        let is_probe = |(process, kind): &&(u32, String)| kind == "probe" && !but.contains(process);
        calls.iter().find(is_probe).map(|(process, _)| *process)
    };
    let mut holder = None;
    eventually("somebody probes", || {
        holder = probe(&processes, &[]);
        holder.is_some()
    });
    let holder = holder.unwrap();
    let child = processes.children.iter_mut().find(|child| child.id() == holder).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    eventually("another one probes", || probe(&processes, &[holder]).is_some());
    processes.set("down", false);
    processes.set("hang", false);
    eventually("the record is closed", || !is_open());
}

#[test]
fn instances_that_end_leave_no_vote() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let mut processes = Processes::begin(&server, &["eu-1"]);
    processes.set("down", true);
    let vote = || -> String {
        let key = "{bb:v1:shop/test}:votes:7:service";
        let vote: Option<String> = server.connection().hget(key, "eu-1").unwrap();
        vote.unwrap_or_default()
    };
    eventually("it has voted", || !vote().is_empty());
    // Its input ends, so it leaves.
    drop(processes.children[0].stdin.take());
    assert!(processes.children[0].wait().unwrap().success());
    let is_over = vote().is_empty() || vote().starts_with("0 ");
    assert!(is_over, "it has waited until its vote was taken back: {:?}", vote());
}
