//! A store, its clock, and actors that read, step and swap, and may crash in between.

use std::time::Duration;

use breaker_core::shared::{Effect, Event, Record, Shape, Stamp, step};

/// One tick of the clock. A step back by one tick is more than a clock wavers.
pub(crate) const TICK: Duration = Duration::from_secs(2);
pub(crate) const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
const START_MS: u64 = 30 * DAY_MS;
const FORGET_AFTER: Duration = Duration::from_secs(600);
pub(crate) const THRESHOLD: u16 = 2;
pub(crate) const COOLDOWN: Duration = TICK;
/// Longer than the cooldown.
pub(crate) const LEASE: Duration = Duration::from_secs(4);

/// The next act of an actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Wish {
    Look,
    Fail,
    Succeed,
    Claim,
    Renew,
    Back,
    Recover,
    Relapse,
    Trip,
    Reset,
}

pub(crate) const WISHES: [Wish; 10] = [
    Wish::Look,
    Wish::Fail,
    Wish::Succeed,
    Wish::Claim,
    Wish::Renew,
    Wish::Back,
    Wish::Recover,
    Wish::Relapse,
    Wish::Trip,
    Wish::Reset,
];

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Move {
    /// The actor reads the record.
    Read(usize, Wish),
    /// It swaps in what it made of it, unless the record is another one now. It learns the answer.
    Swap(usize),
    /// It swaps, and crashes before the answer arrives.
    SwapAndCrash(usize),
    /// It crashes and forgets all.
    Crash(usize),
    /// Time passes.
    Tick,
    /// Somebody sets the clock a day forward, or back.
    Forward,
    Backward,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Actor {
    /// The epoch of the record as it was last seen.
    seen: Option<u64>,
    /// The epoch of its lease.
    token: Option<u64>,
    /// The record and the event that it has made up its mind by.
    read: Option<usize>,
}

/// A lease as an observer outside remembers it, whose clock never jumps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Lease {
    epoch: u64,
    began: u64,
    ends_tick: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct World {
    pub(crate) record: Record,
    pub(crate) now_ms: u64,
    tick: u64,
    actors: Vec<Actor>,
    reads: Vec<(Record, Event)>,
    leases: Vec<Lease>,
    /// Epochs of all leases there ever were.
    tokens: Vec<u64>,
    /// The number of leases that were granted, and of outcomes that counted.
    pub(crate) grants: u32,
    pub(crate) settled: u32,
}

impl World {
    pub(crate) fn new(actors: usize) -> Self {
        Self {
            record: Record::new(7, START_MS),
            now_ms: START_MS,
            tick: 0,
            actors: vec![Actor::default(); actors],
            reads: Vec::new(),
            leases: Vec::new(),
            tokens: Vec::new(),
            grants: 0,
            settled: 0,
        }
    }

    pub(crate) fn moves(&self) -> Vec<Move> {
        let mut moves = vec![Move::Tick, Move::Forward, Move::Backward];
        for (number, actor) in self.actors.iter().enumerate() {
            if actor.read.is_some() {
                moves.extend([Move::Swap(number), Move::SwapAndCrash(number)]);
            } else {
                let wishes = WISHES.into_iter().filter(|wish| self.event(number, *wish).is_some());
                moves.extend(wishes.map(|wish| Move::Read(number, wish)));
            }
            if *actor != Actor::default() {
                moves.push(Move::Crash(number));
            }
        }
        moves
    }

    fn event(&self, actor: usize, wish: Wish) -> Option<Event> {
        let actor = self.actors[actor];
        let stamp = |epoch| Stamp { generation: self.record.generation, epoch };
        let (seen, token) = (actor.seen.map(stamp), actor.token.map(stamp));
        Some(match wish {
            Wish::Look => Event::Look,
            Wish::Fail => Event::Fail {
                failures: 1,
                seen,
                threshold: THRESHOLD,
                cooldown: COOLDOWN,
                openings: 1,
                forget_after: FORGET_AFTER,
            },
            Wish::Succeed => Event::Succeed { seen },
            Wish::Claim => Event::Claim { lease: LEASE },
            Wish::Renew => Event::Renew { token: token?, lease: LEASE },
            Wish::Back => Event::Back { token: token? },
            Wish::Recover => Event::Recover { token: token? },
            Wish::Relapse => Event::Relapse { token: token?, cooldown: COOLDOWN },
            Wish::Trip => Event::Trip { cooldown: COOLDOWN, openings: 1 },
            Wish::Reset => Event::Reset,
        })
    }

    /// Makes a move, and checks what must hold after it.
    pub(crate) fn make(&mut self, chosen: Move) {
        match chosen {
            Move::Read(actor, wish) => {
                let Some(event) = self.event(actor, wish) else { return };
                self.reads.push((self.record, event));
                self.actors[actor].read = Some(self.reads.len() - 1);
            }
            Move::Swap(actor) => self.swap(actor),
            Move::SwapAndCrash(actor) => {
                self.swap(actor);
                self.actors[actor] = Actor::default();
            }
            Move::Crash(actor) => self.actors[actor] = Actor::default(),
            Move::Tick => {
                self.now_ms += u64::try_from(TICK.as_millis()).unwrap();
                self.tick += 1;
            }
            Move::Forward => {
                self.now_ms += DAY_MS;
                // A clock that is set forward ends the leases that run: one probe more.
                self.leases.clear();
            }
            Move::Backward => self.now_ms -= DAY_MS,
        }
        self.voids_what_is_over();
    }

    fn swap(&mut self, number: usize) {
        let Some(read) = self.actors[number].read.take() else { return };
        let (found, event) = self.reads[read];
        self.actors[number].seen = Some(self.record.epoch);
        if found != self.record {
            return;
        }
        let (after, effect) = step(found, event, self.now_ms);
        self.check_step(found, event, after, effect);
        self.record = after;
        self.actors[number].seen = Some(after.epoch);
        if effect == Effect::Granted {
            self.grant(number, after);
        }
        let ends =
            matches!(event, Event::Back { .. } | Event::Recover { .. } | Event::Relapse { .. });
        if ends {
            let token = self.actors[number].token.take();
            self.leases.retain(|lease| Some(lease.epoch) != token);
        } else if let (Event::Renew { .. }, Some(token)) = (event, self.actors[number].token) {
            let ends_tick = self.tick + lease_ticks();
            for lease in self.leases.iter_mut().filter(|lease| lease.epoch == token) {
                if effect == Effect::Changed {
                    lease.ends_tick = ends_tick;
                }
            }
        }
    }

    fn check_step(&mut self, before: Record, event: Event, after: Record, effect: Effect) {
        assert_eq!(effect == Effect::None, before == after, "{event:?}");
        assert!(after.epoch >= before.epoch && after.epoch <= before.epoch + 1);
        if let Event::Recover { token } | Event::Relapse { token, .. } = event {
            let Shape::Open { began, .. } = before.shape else {
                assert_eq!(before.epoch, after.epoch, "a closed record has no probe");
                return;
            };
            if token.epoch <= began {
                assert_eq!(before.epoch, after.epoch, "a token from before the open counts");
            } else {
                self.settled += 1;
                assert_eq!(before.epoch + 1, after.epoch, "a token of this open does not count");
            }
        }
        assert_eq!(Record::from_bytes(&after.to_bytes()), Some(after));
    }

    /// Nobody else holds a lease of the same open at the time.
    fn grant(&mut self, number: usize, after: Record) {
        let Shape::Open { began, .. } = after.shape else { panic!("a lease of a closed record") };
        let holds = |lease: &&Lease| lease.began == began && lease.ends_tick > self.tick;
        let other = self.leases.iter().find(holds);
        assert_eq!(other, None, "a second lease at the same time: {after:?}");
        assert!(!self.tokens.contains(&after.epoch), "a token twice");
        self.grants += 1;
        self.tokens.push(after.epoch);
        self.actors[number].token = Some(after.epoch);
        self.leases.push(Lease { epoch: after.epoch, began, ends_tick: self.tick + lease_ticks() });
    }

    /// Forgets the leases that are over, so that equal worlds look equal.
    fn voids_what_is_over(&mut self) {
        let tick = self.tick;
        self.leases.retain(|lease| lease.ends_tick > tick);
    }

    /// Somebody who looks and claims again and again gets a lease: no open lasts.
    pub(crate) fn ends(&self) {
        let (mut world, mut waited) = (self.clone(), Duration::ZERO);
        world.actors.push(Actor::default());
        let number = world.actors.len() - 1;
        while world.record.remaining(world.now_ms).is_some() {
            for wish in [Wish::Look, Wish::Claim] {
                world.make(Move::Read(number, wish));
                world.make(Move::Swap(number));
            }
            if world.actors[number].token.is_some() {
                world.make(Move::Read(number, Wish::Recover));
                world.make(Move::Swap(number));
                assert_eq!(world.record.remaining(world.now_ms), None, "{world:?}");
                return;
            }
            assert!(waited < 2 * LEASE, "open without end: {self:?}");
            world.make(Move::Tick);
            waited += TICK;
        }
    }

    /// Returns all that the next step of a world depends on: moments from now, epochs from the
    /// record's, and actors in any order.
    pub(crate) fn key(&self) -> String {
        let ms = |moment: u64| i128::from(moment) - i128::from(self.now_ms);
        let epoch = |epoch: u64| self.record.epoch - epoch;
        let shape = |record: Record| match record.shape {
            Shape::Closed { failures, last_failure_ms } => {
                (failures, ms(last_failure_ms.max(self.now_ms - DAY_MS)), 0, 0)
            }
            Shape::Open { until_ms, length_ms, began, .. } => {
                (u16::MAX, ms(until_ms), length_ms, epoch(began))
            }
        };
        let record = |record: Record| (shape(record), ms(record.at_ms), epoch(record.epoch));
        let mut actors: Vec<_> = self
            .actors
            .iter()
            .map(|actor| {
                let read = actor.read.map(|read| self.reads[read]);
                let read = read.map(|(found, event)| (record(found), format!("{event:?}")));
                format!("{:?}", (actor.seen.map(epoch), actor.token.map(epoch), read))
            })
            .collect();
        actors.sort();
        let leases: Vec<_> = self
            .leases
            .iter()
            .map(|lease| (epoch(lease.epoch), epoch(lease.began), lease.ends_tick - self.tick))
            .collect();
        format!("{:?}", (record(self.record), actors, leases, self.record.epoch == 0))
    }
}

fn lease_ticks() -> u64 {
    LEASE.as_secs() / TICK.as_secs()
}
