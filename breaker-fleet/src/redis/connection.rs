//! A connection to the server.

use std::hash::{BuildHasher, RandomState};
use std::sync::Arc;
use std::time::Duration;

use breaker_core::link::Token;
use breaker_core::shared::LONGEST;
use redis::ScriptInvocation;
use redis::aio::MultiplexedConnection;

use super::error::StoreError;
use super::server::Server;
use super::wire::{self, Listed};
use crate::store::{Act, Answer, Place, Synced};

/// A connection to the server. Clones use one socket.
#[derive(Clone)]
pub(crate) struct Connection {
    server: Arc<Server>,
    redis: MultiplexedConnection,
}

/// The result of a synchronization.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) synced: Synced,
    /// The last reason why a record could not be read, if there is one.
    pub(crate) unreadable: Option<String>,
}

impl Connection {
    pub(super) fn new(server: Arc<Server>, redis: MultiplexedConnection) -> Self {
        Self { server, redis }
    }

    /// Does an act to the record of a place.
    ///
    /// # Errors
    /// The store is silent, or refuses. In both cases the act may have been done.
    pub(crate) async fn act(&mut self, place: &Place, act: &Act) -> Result<Answer, StoreError> {
        let server = Arc::clone(&self.server);
        let invocation = server.invoke(place, act, RandomState::new().hash_one(place));
        let line: Vec<u8> = invocation.invoke_async(&mut self.redis).await?;
        wire::answer(&line)
            .filter(|answer| answer.sight.place == *place)
            .ok_or_else(|| unreadable(&line))
    }

    /// Says that this domain is alive, and lists the records of the places, and open ones.
    ///
    /// # Errors
    /// The store is silent, or refuses.
    pub(crate) async fn sync(&mut self, places: &[Place]) -> Result<Seen, StoreError> {
        let server = Arc::clone(&self.server);
        let invocation = server.invoke_sync(places);
        let lines: Vec<Vec<u8>> = invocation.invoke_async(&mut self.redis).await?;
        let live =
            lines.first().and_then(|line| std::str::from_utf8(line).ok()?.parse::<u64>().ok());
        let live = live.ok_or_else(|| unreadable(lines.first().map_or(&[], Vec::as_slice)))?;
        let mut sights = Vec::with_capacity(lines.len().saturating_sub(1));
        let mut bad = None;
        for line in lines.iter().skip(1) {
            match wire::listed(line) {
                Some(Listed::Sight(sight)) => sights.push(sight),
                Some(Listed::Unreadable { code, place }) => {
                    bad = Some(format!("{code}: the record of `{place}` cannot be read"));
                }
                None => bad = Some(unreadable(line).to_string()),
            }
        }
        let live = u16::try_from(live).unwrap_or(u16::MAX);
        Ok(Seen { synced: Synced { live, sights }, unreadable: bad })
    }
}

impl Server {
    pub(super) fn invoke(&self, place: &Place, act: &Act, drawn: u64) -> ScriptInvocation<'_> {
        let mut script = self.act.key(format!("{}{place}", self.keys.records()));
        script.key(format!("{}{place}", self.keys.votes()));
        script.key(self.keys.open()).key(self.keys.live());
        script.arg(&**place).arg(self.keys.news()).arg(&*self.domain).arg(drawn.to_string());
        let of_lease = |script: &mut ScriptInvocation<'_>, name, token: Token| {
            script.arg(name).arg(token.generation.to_string()).arg(token.epoch.to_string());
        };
        match *act {
            Act::Vote { life, cooldown, openings, quorum } => {
                // A vote that runs out at once would not even count itself.
                script.arg("vote").arg(ms(life).max(1)).arg(ms(cooldown));
                script.arg(openings);
                if let Some(quorum) = quorum {
                    script.arg(quorum);
                }
            }
            Act::Withdraw => {
                script.arg("withdraw");
            }
            Act::Claim { lease } => {
                script.arg("claim").arg(ms(lease));
            }
            Act::Renew { token, lease } => {
                of_lease(&mut script, "renew", token);
                script.arg(ms(lease));
            }
            Act::Back { token } => of_lease(&mut script, "back", token),
            Act::Recover { token } => of_lease(&mut script, "recover", token),
            Act::RecoverIfDue { began } => of_lease(&mut script, "recover_if_due", began),
            Act::Relapse { token, cooldown } => {
                of_lease(&mut script, "relapse", token);
                script.arg(ms(cooldown));
            }
        }
        script
    }

    pub(super) fn invoke_sync(&self, places: &[Place]) -> ScriptInvocation<'_> {
        let mut script = self.sync.key(self.keys.open());
        script.key(self.keys.live());
        script.arg(&*self.domain).arg(self.keys.records()).arg(self.keys.votes());
        for place in places {
            script.arg(&**place);
        }
        script
    }
}

/// Returns a time in milliseconds as records have it: rounded up, a day at most.
pub(super) fn ms(time: Duration) -> u64 {
    let ms = time.min(LONGEST).as_nanos().div_ceil(1_000_000);
    u64::try_from(ms).unwrap_or(u64::MAX)
}

fn unreadable(line: &[u8]) -> StoreError {
    let line = String::from_utf8_lossy(line).chars().take(100).collect::<String>();
    StoreError::Refused(format!("the server's answer cannot be read: `{}`", line.escape_debug()))
}
