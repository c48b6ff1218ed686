//! The scripts on a real server.

mod foreign;
mod model;
mod random;
#[path = "../../../tests/support/server.rs"]
pub(crate) mod server;

use std::sync::Arc;

use super::server::Server;
use crate::store::{Act, Answer, Place};

/// The namespace as a domain sees it, with the time set by hand.
struct Domain(Server);

impl Domain {
    fn new(server: &server::RedisServer, name: &str) -> Self {
        let client = redis::Client::open(server.url()).unwrap();
        Self(Server::with_time_by_hand(client, "test", name))
    }

    fn act(
        &self,
        redis: &mut redis::Connection,
        place: &Place,
        act: &Act,
        drawn: u64,
        now_ms: u64,
    ) -> redis::RedisResult<Answer> {
        let mut script = self.0.invoke(place, act, drawn);
        let line: Vec<u8> = script.arg(now_ms).invoke(redis)?;
        let text = String::from_utf8_lossy(&line);
        Ok(super::wire::answer(&line).unwrap_or_else(|| panic!("{text:?}")))
    }

    fn sync(&self, redis: &mut redis::Connection, places: &[Place], now_ms: u64) -> Vec<String> {
        self.0.invoke_sync(places).arg(now_ms).invoke(redis).unwrap()
    }
}

fn place(number: u32) -> Place {
    Arc::from(format!("3:svc:{number} a key"))
}
