//! One rule at a time. [`Rig`] is one process whose store is the test.

mod bids;
mod hand;
mod leases;
mod news;
mod own;
mod silence;
mod suspicion;
mod sync;

use std::sync::Arc;
use std::time::Duration;

use breaker_core::link::{Opening, Probe, Token, Told};
use breaker_core::{Breaker, Config, State};

use super::{Brain, Change, Command, Moment, Reading, Report, Said, Setup, Word};
use crate::store::{Act, Answer, Effect, News, OpenSight, Place, Sight, Synced};

const COOLDOWN: Duration = Duration::from_secs(10);
const PROBE_TIMEOUT: Duration = Duration::from_secs(2);

struct Rig {
    brain: Brain,
    now: Moment,
    place: Place,
    breaker: Arc<Breaker>,
    /// Answered when the brain asks for a reading.
    rejections: u64,
    state: State,
    told: Vec<Told>,
    words: Vec<Word>,
    changes: Vec<Change>,
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn token(epoch: u64) -> Token {
    Token { generation: 7, epoch }
}

/// An open record: its epoch, the epoch that it is open since, and the time until it is due.
fn open(epoch: u64, began: u64, left: u64) -> Sight {
    let open = OpenSight { left: ms(left), openings: 1, began, holder: None, failed: None };
    Sight { open: Some(open), ..closed(epoch) }
}

fn closed(epoch: u64) -> Sight {
    Sight { place: "3:svc".into(), stamp: token(epoch), at_ms: 1_000, open: None, votes: 0 }
}

impl Rig {
    /// Returns a process that has not reached the store yet.
    fn alone() -> Self {
        Self::with_seed(1)
    }

    fn with_seed(seed: u64) -> Self {
        let setup = Setup { domain: "here".into(), quorum: None, spread: None, seed };
        let breaker = Arc::new(Breaker::new("svc", Config::new()));
        let mut rig = Rig {
            brain: Brain::new(setup),
            now: Moment(ms(1_000)),
            place: "3:svc".into(),
            breaker,
            rejections: 0,
            state: State::Open,
            told: Vec::new(),
            words: Vec::new(),
            changes: Vec::new(),
        };
        assert_eq!(rig.attach(), Told::Nothing);
        rig
    }

    /// Returns a process that shares its breaker with nineteen others.
    fn joined() -> Self {
        let mut rig = Self::alone();
        rig.join(Vec::new());
        rig
    }

    fn attach(&mut self) -> Told {
        self.brain.attach(self.now, &self.place, &self.breaker, COOLDOWN)
    }

    fn join(&mut self, sights: Vec<Sight>) {
        self.brain.connected(self.now);
        self.run(ms(1_000), |command| matches!(command, Command::Sync(_)));
        self.brain.synced(self.now, Some(Synced { live: 20, sights }));
    }

    /// Does what the pump does, and returns the commands.
    fn work(&mut self) -> Vec<Command> {
        self.brain.wake(self.now);
        loop {
            let tells = self.brain.take_tells();
            if tells.is_empty() {
                break;
            }
            for tell in tells {
                match tell.word {
                    Word::Told(told) => self.told.push(told),
                    Word::Read(reading) => self.say(reading),
                    word => self.words.push(word),
                }
            }
        }
        self.changes.extend(self.brain.take_changes());
        self.brain.take_commands(self.now)
    }

    fn say(&mut self, reading: Reading) {
        let (rejections, state) = (self.rejections, self.state);
        let said = Said { rejections, state, cooldown: COOLDOWN, probe_timeout: PROBE_TIMEOUT };
        self.brain.said(self.now, &self.place, reading, said);
    }

    /// Lets time pass until there is a command of that kind, and says which; `None` if none comes.
    fn run(&mut self, time: Duration, is_wanted: impl Fn(&Command) -> bool) -> Option<Command> {
        let end = self.now + time;
        loop {
            if let Some(command) = self.work().into_iter().find(&is_wanted) {
                return Some(command);
            }
            match self.brain.next_wake().filter(|wake| *wake <= end) {
                Some(wake) => self.now = self.now.max(wake),
                None => {
                    self.now = end;
                    return None;
                }
            }
        }
    }

    /// Lets time pass until there is an act, and returns that.
    fn act(&mut self, time: Duration) -> Option<Act> {
        let command = self.run(time, |command| matches!(command, Command::Act(..)))?;
        let Command::Act(_, act) = command else { return None };
        Some(act)
    }

    /// Returns the act that is to be sent now.
    fn act_now(&mut self) -> Option<Act> {
        self.act(Duration::ZERO)
    }

    fn pass(&mut self, time: Duration) {
        let command = self.act(time);
        assert_eq!(command, None);
    }

    fn answer(&mut self, effect: Effect, sight: Sight) {
        let answer = Answer { effect, sight };
        self.brain.answered(self.now, &self.place, Some(&answer));
        self.work_without_acts();
    }

    fn lose_answer(&mut self) {
        self.brain.answered(self.now, &self.place, None);
    }

    fn hear(&mut self, sight: Sight) {
        self.brain.news(self.now, News::Changed(sight));
        self.work_without_acts();
    }

    /// Tells breakers what they are to know, and leaves acts where they are.
    fn work_without_acts(&mut self) {
        loop {
            let tells = self.brain.take_tells();
            if tells.is_empty() {
                return;
            }
            for tell in tells {
                match tell.word {
                    Word::Told(told) => self.told.push(told),
                    Word::Read(reading) => self.say(reading),
                    word => self.words.push(word),
                }
            }
        }
    }

    fn due(&mut self) -> Probe {
        self.brain.due(self.now, &self.place, PROBE_TIMEOUT)
    }

    fn report(&mut self, report: Report) {
        self.brain.report(self.now, &self.place, report);
    }

    fn trip(&mut self) {
        self.report(Report::Opened { token: None, left: COOLDOWN, openings: 1 });
    }

    fn take_told(&mut self) -> Vec<Told> {
        self.work_without_acts();
        std::mem::take(&mut self.told)
    }

    /// Is granted the lease of epoch 5, in a record that is open since epoch 4. Returns the moment
    /// at which the claim was sent.
    fn get_lease(&mut self) -> (Moment, Duration) {
        self.hear(open(4, 4, 0));
        assert_eq!(self.due(), Probe::Wait(ms(100)));
        let Some(Act::Claim { lease }) = self.act(ms(100)) else { panic!("no claim") };
        let sent = self.now;
        self.now = self.now + ms(30);
        self.answer(Effect::Granted, open(5, 4, 2_300));
        (sent, lease)
    }
}

fn told_open(told: &Told) -> Option<Opening> {
    match told {
        Told::Open(opening) => Some(*opening),
        _ => None,
    }
}
