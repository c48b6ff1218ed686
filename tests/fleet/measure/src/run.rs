//! One run: processes, their service, and what happens to both.

use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::task::JoinHandle;

use crate::server::{Load, Server};
use crate::service::{Call, Service};
use crate::worker::{Sums, Worker};
use crate::{Failure, now, proxy::Proxy};

/// The cooldown of the breakers in all runs.
pub(crate) const COOLDOWN: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan {
    pub(crate) name: &'static str,
    pub(crate) instances: usize,
    /// Calls in a second of each.
    pub(crate) rate: f64,
    pub(crate) is_fleet: bool,
    pub(crate) poisoned: usize,
    pub(crate) quorum: Option<u16>,
    /// The first half of the instances reaches the server by a proxy.
    pub(crate) by_proxy: bool,
    pub(crate) length: Duration,
    /// The acts in order, each with its time after the first call.
    pub(crate) acts: &'static [(Duration, Act)],
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    ServiceDown,
    ServiceUp,
    Kill,
    Restart,
    Stop,
    Continue,
    Slow,
    Cut,
    Join,
    /// The load is read at each of these.
    Mark,
}

/// A transition of one instance.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) instance: usize,
    pub(crate) at: Duration,
    pub(crate) state: String,
}

/// The result of a run. Times count from the first call.
#[derive(Debug)]
pub(crate) struct Shown {
    pub(crate) calls: Vec<Call>,
    pub(crate) events: Vec<Event>,
    /// By instance; the poisoned ones are the first.
    pub(crate) sums: Vec<Sums>,
    pub(crate) loads: Vec<(Duration, Load)>,
}

struct Instance {
    child: Child,
    input: ChildStdin,
    reading: JoinHandle<Result<Sums, Failure>>,
}

impl Plan {
    pub(crate) async fn run(&self) -> Result<Shown, Failure> {
        let service = Service::start().await?;
        let mut server = if self.is_fleet { Some(Server::start()?) } else { None };
        let port = server.as_ref().map(Server::port);
        let proxy = match port.filter(|_| self.by_proxy) {
            Some(port) => Some(Proxy::start(port).await?),
            None => None,
        };
        let events = Arc::new(Mutex::new(Vec::new()));
        let mut instances = Vec::new();
        for number in 0..self.instances {
            let is_behind = number < self.instances.div_ceil(2);
            let port = proxy.as_ref().filter(|_| is_behind).map(Proxy::port).or(port);
            let worker = Worker {
                service: service.port(),
                redis: port,
                domain: format!("instance-{number}"),
                rate: self.rate,
                poisoned: number < self.poisoned,
                quorum: self.quorum,
            };
            instances.push(start(&worker, number, &events).await?);
        }
        // Each has joined by then.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let go = now() + Duration::from_millis(500);
        for instance in &mut instances {
            let word = format!("go {}\n", go.as_micros());
            instance.input.write_all(word.as_bytes()).await?;
        }
        let mut loads = Vec::new();
        for (moment, act) in self.acts {
            wait_until(go + *moment).await;
            do_act(*act, &service, server.as_mut(), proxy.as_ref())?;
            if let (Act::Mark, Some(server)) = (act, &server) {
                loads.push((*moment, server.load()?));
            }
        }
        wait_until(go + self.length).await;
        let mut sums = Vec::new();
        for mut instance in instances {
            instance.input.write_all(b"stop\n").await?;
            sums.push(instance.reading.await??);
            instance.child.wait().await?;
        }
        let mut calls = service.calls();
        for call in &mut calls {
            call.at = call.at.saturating_sub(go);
        }
        let mut events =
            std::mem::take(&mut *events.lock().unwrap_or_else(PoisonError::into_inner));
        for event in &mut events {
            event.at = event.at.saturating_sub(go);
        }
        events.sort_by_key(|event| event.at);
        Ok(Shown { calls, events, sums, loads })
    }
}

async fn start(
    worker: &Worker,
    number: usize,
    events: &Arc<Mutex<Vec<Event>>>,
) -> Result<Instance, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["worker", "--domain", &worker.domain, "--rate", &worker.rate.to_string()]);
    command.args(["--service", &worker.service.to_string()]);
    if let Some(port) = worker.redis {
        command.args(["--redis", &port.to_string()]);
    }
    if let Some(quorum) = worker.quorum {
        command.args(["--quorum", &quorum.to_string()]);
    }
    if worker.poisoned {
        command.arg("--poisoned");
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let input = child.stdin.take().ok_or("no input")?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    if lines.next_line().await?.as_deref() != Some("ready") {
        return Err("a process did not get ready".into());
    }
    let reading = tokio::spawn(read(lines, number, Arc::clone(events)));
    Ok(Instance { child, input, reading })
}

async fn read(
    mut lines: Lines<BufReader<ChildStdout>>,
    instance: usize,
    events: Arc<Mutex<Vec<Event>>>,
) -> Result<Sums, Failure> {
    while let Some(line) = lines.next_line().await? {
        let Some(event) = line.strip_prefix("event ") else { return line.parse() };
        let mut words = event.split(' ');
        let at = Duration::from_micros(words.next().unwrap_or_default().parse()?);
        let state = words.next().unwrap_or_default().to_owned();
        let event = Event { instance, at, state };
        events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }
    Err("a process ended without its sums".into())
}

async fn wait_until(moment: Duration) {
    tokio::time::sleep(moment.saturating_sub(now())).await;
}

fn do_act(
    act: Act,
    service: &Service,
    server: Option<&mut Server>,
    proxy: Option<&Proxy>,
) -> Result<(), Failure> {
    match (act, server, proxy) {
        (Act::ServiceDown | Act::ServiceUp, ..) => service.set_down(act == Act::ServiceDown),
        (Act::Kill, Some(server), _) => server.kill(),
        (Act::Restart, Some(server), _) => server.restart(),
        (Act::Stop, Some(server), _) => server.signal("STOP")?,
        (Act::Continue, Some(server), _) => server.signal("CONT")?,
        (Act::Slow, _, Some(proxy)) => proxy.set_delay(Duration::from_millis(300)),
        (Act::Cut | Act::Join, _, Some(proxy)) => proxy.set_cut(act == Act::Cut),
        _ => {}
    }
    Ok(())
}
