//! The messages between the fleet and its store.

use std::sync::Arc;
use std::time::Duration;

use super::instance::Instance;
use super::ms;
use super::world::{Event, World};
use crate::brain::{Brain, Command};
use crate::store::{Answer, Effect, News, Place, Synced};

/// The delays and losses of the network.
#[derive(Clone, Copy)]
pub(super) struct Network {
    pub(super) delay: (Duration, Duration),
    /// The share of commands and answers that are lost.
    pub(super) loss: f64,
    /// The share of news that is lost, and the share that comes twice.
    pub(super) news_loss: f64,
    pub(super) news_twice: f64,
    /// News may be late by so much, and so out of order.
    pub(super) news_late: Duration,
}

impl Network {
    pub(super) const FINE: Self = Self {
        delay: (Duration::from_micros(200), Duration::from_millis(2)),
        loss: 0.0,
        news_loss: 0.0,
        news_twice: 0.0,
        news_late: Duration::ZERO,
    };
}

/// The reach of the store.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    Up,
    /// The store does nothing. When it goes on, it does the sent acts, if the connection lasts.
    Stopped,
    /// Connections are refused.
    Dead,
}

/// The time after which the pump says that an act was refused.
const REFUSED: Duration = Duration::from_secs(5);

/// The answer to a command.
pub(super) enum Reply {
    Act(Place, Answer),
    Sync(Synced),
}

impl World {
    pub(super) fn answered(&mut self, to: usize, connection: u64, number: u64, reply: Reply) {
        let pump = &mut self.fleet[to].pump;
        if pump.connection != connection || pump.pending.remove(&number).is_none() {
            return;
        }
        pump.succeeds();
        self.fleet[to].shared.tell(|brain, now| match reply {
            Reply::Act(place, answer) => brain.answered(now, &place, Some(&answer)),
            Reply::Sync(synced) => brain.synced(now, Some(synced)),
        });
        self.pump(to);
    }

    pub(super) fn times_out(&mut self, to: usize, connection: u64, number: u64) {
        let now = self.now;
        let pump = &mut self.fleet[to].pump;
        if pump.connection != connection {
            return;
        }
        let Some(place) = pump.pending.remove(&number) else { return };
        let is_silent = pump.fails(now);
        self.fleet[to].shared.tell(|brain, now| match &place {
            Some(place) => brain.answered(now, place, None),
            None => brain.synced(now, None),
        });
        if is_silent {
            self.disconnect(to);
        }
        self.pump(to);
    }

    pub(super) fn send(&mut self, from: usize, command: Command) {
        self.numbers += 1;
        let (number, connection) = (self.numbers, self.fleet[from].pump.connection);
        let place = match &command {
            Command::Act(place, _) => Some(Arc::clone(place)),
            Command::Sync(_) => None,
        };
        self.fleet[from].pump.pending.insert(number, place);
        self.later(ms(500), Event::TimesOut { to: from, connection, number });
        if self.is_reached(from) && !self.chance(self.network.loss) {
            let delay = self.random.time(self.network.delay.0, self.network.delay.1);
            self.later(delay, Event::AtStore { from, connection, number, command });
        }
    }

    fn is_reached(&self, from: usize) -> bool {
        self.reach == Reach::Up && !self.fleet[from].is_cut_off
    }

    pub(super) fn at_store(&mut self, from: usize, connection: u64, number: u64, command: Command) {
        if !self.is_reached(from) {
            return;
        }
        if self.refuses && matches!(command, Command::Act(..)) {
            self.refuse_later(from, connection, number);
            return;
        }
        let domain = Arc::clone(&self.fleet[from].domain);
        let reply = match command {
            Command::Sync(places) => Reply::Sync(self.store.sync(self.now, &domain, &places)),
            Command::Act(place, act) => {
                let (answer, news) = self.store.act(self.now, &domain, &place, &act);
                if answer.effect == Effect::Granted {
                    self.lease = Some((from, answer.sight.stamp.epoch));
                }
                if let Some(news) = news {
                    self.publish(&news);
                }
                Reply::Act(place, answer)
            }
        };
        if !self.chance(self.network.loss) {
            let delay = self.random.time(self.network.delay.0, self.network.delay.1);
            self.later(delay, Event::Answered { to: from, connection, number, reply });
        }
    }

    /// An error reply comes at once; the real pump passes it on after a while. It is no silence.
    fn refuse_later(&mut self, to: usize, connection: u64, number: u64) {
        let place = self.fleet[to].pump.pending.remove(&number).flatten();
        self.numbers += 1;
        let number = self.numbers;
        self.fleet[to].pump.pending.insert(number, place);
        self.later(REFUSED, Event::Refused { to, connection, number });
    }

    pub(super) fn refused(&mut self, to: usize, connection: u64, number: u64) {
        let pump = &mut self.fleet[to].pump;
        if pump.connection != connection {
            return;
        }
        if let Some(Some(place)) = pump.pending.remove(&number) {
            self.fleet[to].shared.tell(|brain, now| brain.answered(now, &place, None));
            self.pump(to);
        }
    }

    fn publish(&mut self, news: &News) {
        let Network { delay, news_loss, news_twice, news_late, .. } = self.network;
        for to in 0..self.fleet.len() {
            let Instance { pump, is_cut_off, .. } = &self.fleet[to];
            if !pump.is_connected || *is_cut_off {
                continue;
            }
            let connection = pump.connection;
            let copies = 1 + u8::from(self.chance(news_twice));
            for _ in 0..copies {
                if !self.chance(news_loss) {
                    let late = self.random.time(delay.0, delay.1) + self.random.below(news_late);
                    self.later(late, Event::News { to, connection, news: news.clone() });
                }
            }
        }
    }

    pub(super) fn reconnect(&mut self, number: usize) {
        let is_reached = self.is_reached(number);
        let instance = &mut self.fleet[number];
        if instance.is_dead {
            return;
        }
        if is_reached {
            instance.pump.is_connected = true;
            instance.shared.tell(Brain::connected);
        } else {
            instance.shared.tell(|brain, now| brain.lost(now, "connection refused"));
            let wait = instance.pump.backoff();
            let wait = self.random.time(wait / 2, wait);
            self.later(wait, Event::Reconnect(number));
        }
        self.pump(number);
    }

    pub(super) fn disconnect(&mut self, number: usize) {
        let instance = &mut self.fleet[number];
        instance.pump.disconnect();
        instance.shared.tell(|brain, now| brain.lost(now, "no answer in time"));
        let wait = instance.pump.backoff();
        let wait = self.random.time(wait / 2, wait);
        self.later(wait, Event::Reconnect(number));
        self.pump(number);
    }

    /// Kills the store: connections break at once.
    pub(super) fn kill_store(&mut self) {
        self.reach = Reach::Dead;
        for number in 0..self.fleet.len() {
            if self.fleet[number].pump.is_connected {
                self.disconnect(number);
            }
        }
    }
}
