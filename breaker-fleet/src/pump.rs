//! The task that joins brain and store: it connects, runs the brain's commands, and brings the
//! brain answers, news and the time. The pump alone tells breakers, and waits for the store.
//!
//! A breaker of the core watches over the store. It counts commands without an answer and refused
//! synchronizations. When it opens, the brain is told that the store is silent; its cooldowns are
//! the times between attempts to connect.

#[cfg(test)]
mod tests;
mod wait;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;
use std::{io, thread};

use breaker_core::{Breaker, Config, Permit, State};
use tokio::runtime::{Builder, Handle};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::brain::{Brain, Command, Mode};
use crate::fleet::Member;
use crate::log;
use crate::redis::{Connection, Heard, Listener, Seen, Server, StoreError};
use crate::store::{Answer, Place};
use wait::{after, heard, next, until};

/// After so much silence breakers are alone, however few commands there were.
const SILENCE: Duration = Duration::from_secs(2);

/// An act that was refused is done again after this time.
const REFUSED: Duration = Duration::from_secs(5);

/// The time for the last acts when this process leaves.
const LEAVING: Duration = Duration::from_millis(900);

const PANIC: &str = "a panic has ended what shares state; the runtime that is given to \
                     `Options::runtime` needs its drivers of time and input";

const HEALTH: Config = Config::builder()
    .threshold(3)
    .cooldown(Duration::from_millis(50))
    .backoff(2.0)
    .cooldown_max(Duration::from_secs(2))
    .jitter(0.2)
    .probe_timeout(Duration::from_secs(10))
    .build_const();

pub(crate) struct Pump {
    member: Arc<Member>,
    server: Arc<Server>,
    health: Arc<Breaker>,
    tasks: JoinSet<Done>,
    link: Link,
    /// The number of connections so far.
    connections: u64,
    /// When to try to connect again.
    retry_at: Option<Instant>,
    /// The moment at which the silence began.
    silent_since: Option<Instant>,
    /// When to end, since this process leaves.
    ends_at: Option<Instant>,
}

/// The way to the store.
enum Link {
    None,
    Connecting,
    /// The permit is that of the attempt, which is over once a synchronization is answered.
    Open {
        /// The number of the connection.
        number: u64,
        connection: Connection,
        news: Listener,
        attempt: Option<Permit<Arc<Breaker>>>,
    },
}

/// A task that is done, with the number of its connection. If that connection is lost by now, the
/// result says nothing of a later one.
enum Done {
    Connected(Result<(Connection, Listener), StoreError>, Permit<Arc<Breaker>>),
    Acted(u64, Place, Result<Answer, StoreError>),
    Synced(u64, Result<Seen, StoreError>),
}

/// Something that the pump has waited for.
enum Event {
    Done(Done),
    Heard(Heard),
    /// A task has panicked, and its command has no answer.
    Panicked,
    /// The connection is lost.
    Lost,
    /// The bell has rung, or a moment has come.
    Woken,
}

/// Starts the pump, on a thread of its own unless there is a runtime.
///
/// # Errors
/// The operating system refuses a thread, or what a runtime needs.
pub(crate) fn start(
    member: &Arc<Member>,
    server: Server,
    runtime: Option<Handle>,
) -> io::Result<()> {
    let pump = Pump::new(member, server);
    if let Some(runtime) = runtime {
        runtime.spawn(pump.run());
        return Ok(());
    }
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let name = "breaker-fleet".to_owned();
    thread::Builder::new().name(name).spawn(move || runtime.block_on(pump.run())).map(drop)
}

impl Pump {
    fn new(member: &Arc<Member>, server: Server) -> Self {
        Self {
            member: Arc::clone(member),
            server: Arc::new(server),
            health: Arc::new(Breaker::new("breaker-fleet", HEALTH)),
            tasks: JoinSet::new(),
            link: Link::None,
            connections: 0,
            retry_at: None,
            silent_since: None,
            ends_at: None,
        }
    }

    async fn run(mut self) {
        while !self.is_over() {
            let work = self.member.shared.work();
            log::changes(&self.member, work.changes);
            for command in work.commands {
                self.command(command);
            }
            self.connect();
            let wake = work.wake.map(|wake| after(wake - self.member.shared.now()));
            let wake = [wake, self.retry_at, self.ends_at].into_iter().flatten().min();
            match self.event(wake).await {
                Event::Done(done) => self.done(done),
                Event::Heard(heard) => self.member.shared.tell(|brain, now| match heard {
                    Heard::News(news) => brain.news(now, news),
                    Heard::Missed => brain.missed(now),
                }),
                Event::Panicked => self.panicked(),
                Event::Lost => self.lost_connection(),
                Event::Woken => {}
            }
        }
    }

    /// Waits for what comes first.
    async fn event(&mut self, wake: Option<Instant>) -> Event {
        let Self { member, tasks, link, .. } = self;
        tokio::select! {
            done = next(tasks) => done.map_or(Event::Panicked, Event::Done),
            heard = heard(link) => heard.map_or(Event::Lost, Event::Heard),
            () = member.bell.notified() => Event::Woken,
            () = until(wake) => Event::Woken,
        }
    }

    /// Begins to leave if that is wanted. Returns whether the pump is done.
    fn is_over(&mut self) -> bool {
        if !self.member.is_leaving() {
            return false;
        }
        let shared = &self.member.shared;
        let ends_at = *self.ends_at.get_or_insert_with(|| {
            shared.tell(Brain::leave);
            after(LEAVING)
        });
        let has_left = shared.tell(|brain, _| brain.has_left());
        has_left || !matches!(self.link, Link::Open { .. }) || Instant::now() >= ends_at
    }

    /// Connects, unless there is a connection, or it is too early.
    fn connect(&mut self) {
        let is_early = self.retry_at.is_some_and(|at| Instant::now() < at);
        if !matches!(self.link, Link::None) || is_early || self.ends_at.is_some() {
            return;
        }
        match self.health.try_acquire_owned() {
            Ok(attempt) => {
                let server = Arc::clone(&self.server);
                self.tasks.spawn(async move { Done::Connected(server.connect().await, attempt) });
                (self.link, self.retry_at) = (Link::Connecting, None);
            }
            Err(rejection) => {
                let wait = rejection.retry_after().unwrap_or(SILENCE);
                self.retry_at = Some(after(wait.max(Duration::from_millis(1))));
            }
        }
    }

    fn command(&mut self, command: Command) {
        let Link::Open { number, connection, .. } = &self.link else {
            // There is no store to ask.
            self.member.shared.tell(|brain, now| match command {
                Command::Act(place, _) => brain.answered(now, &place, None),
                Command::Sync(_) => brain.synced(now, None),
            });
            return;
        };
        let (number, mut connection) = (*number, connection.clone());
        let member = Arc::clone(&self.member);
        self.tasks.spawn(async move {
            match command {
                Command::Sync(places) => Done::Synced(number, connection.sync(&places).await),
                Command::Act(place, act) => {
                    let result = connection.act(&place, &act).await;
                    if let Err(StoreError::Refused(why)) = &result {
                        member.note_refused(&place, why);
                        // Else every instance would send the act again at once.
                        sleep(REFUSED).await;
                    }
                    Done::Acted(number, place, result)
                }
            }
        });
    }

    fn done(&mut self, done: Done) {
        match done {
            Done::Connected(Ok((connection, news)), attempt) => {
                self.connections += 1;
                let (number, attempt) = (self.connections, Some(attempt));
                self.link = Link::Open { number, connection, news, attempt };
                self.member.shared.tell(Brain::connected);
            }
            Done::Connected(Err(error), attempt) => {
                attempt.failure();
                self.link = Link::None;
                let is_joined = self.member.shared.tell(|brain, _| *brain.mode() == Mode::Joined);
                if !is_joined || self.health.state() != State::Closed {
                    self.lost(&error.to_string());
                }
            }
            Done::Acted(number, place, result) => {
                match &result {
                    Ok(_) => self.member.note_done(&place),
                    Err(StoreError::Silent(why)) if self.is_open(number) => self.failed(why),
                    Err(_) => {}
                }
                if result.is_ok() && self.is_open(number) {
                    self.answered();
                }
                let answer = result.as_ref().ok();
                self.member.shared.tell(|brain, now| brain.answered(now, &place, answer));
            }
            // The brain has been told, or will be, that there is another connection.
            Done::Synced(number, _) if !self.is_open(number) => {}
            Done::Synced(_, Ok(Seen { synced, unreadable })) => {
                if let Link::Open { attempt, .. } = &mut self.link {
                    if let Some(attempt) = attempt.take() {
                        attempt.success();
                    }
                }
                self.answered();
                self.member.note_synced(unreadable);
                self.member.shared.tell(|brain, now| brain.synced(now, Some(synced)));
            }
            Done::Synced(_, Err(error)) => {
                let why = error.to_string();
                match &self.link {
                    Link::Open { attempt: Some(_), .. } => self.lost(&why),
                    _ => self.failed(&why),
                }
                self.member.shared.tell(|brain, now| brain.synced(now, None));
            }
        }
    }

    /// Returns whether the connection of that number is not lost.
    fn is_open(&self, connection: u64) -> bool {
        matches!(self.link, Link::Open { number, .. } if number == connection)
    }

    /// Counts an answer.
    fn answered(&mut self) {
        self.silent_since = None;
        if let Ok(permit) = self.health.try_acquire() {
            permit.success();
        }
    }

    /// Counts a command without an answer.
    fn failed(&mut self, why: &str) {
        if let Ok(permit) = self.health.try_acquire() {
            permit.failure();
        }
        let since = *self.silent_since.get_or_insert_with(Instant::now);
        if self.health.state() != State::Closed || since.elapsed() >= SILENCE {
            self.lost(why);
        }
    }

    /// Gives the connection up: the store is silent.
    fn lost(&mut self, why: &str) {
        if let Link::Open { attempt: Some(attempt), .. } =
            std::mem::replace(&mut self.link, Link::None)
        {
            attempt.failure();
        }
        self.tasks = JoinSet::new();
        self.silent_since = None;
        self.member.shared.tell(|brain, now| brain.lost(now, why));
    }

    /// Gives the connection up after a task has panicked.
    fn panicked(&mut self) {
        if let Ok(permit) = self.health.try_acquire() {
            // Else the next attempt would come at once.
            permit.failure();
        }
        self.lost(PANIC);
    }

    /// Goes on without the connection that is lost. Breakers are alone only if the next attempts
    /// fail.
    fn lost_connection(&mut self) {
        if matches!(&self.link, Link::Open { attempt: Some(_), .. }) {
            self.lost("the server has closed the connection");
        } else {
            self.link = Link::None;
        }
    }
}

impl Drop for Pump {
    /// Makes breakers alone if the pump ends before it has left: by a panic, or with its runtime.
    fn drop(&mut self) {
        let why =
            if thread::panicking() { PANIC } else { "the runtime that shared state has ended" };
        let shared = &self.member.shared;
        // A second panic would end the process.
        let work = catch_unwind(AssertUnwindSafe(|| {
            shared.tell(|brain, now| brain.lost(now, why));
            shared.work()
        }));
        log::changes(&self.member, work.unwrap_or_default().changes);
        self.member.note_ended();
    }
}
