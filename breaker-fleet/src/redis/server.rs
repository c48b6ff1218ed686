//! A namespace on a server, before there is a connection.

use std::sync::Arc;
use std::time::Duration;

use redis::{AsyncCommands, AsyncConnectionConfig, Client, PushInfo, PushKind, Script, Value};
use tokio::sync::{Notify, mpsc};

use super::connection::Connection;
use super::error::StoreError;
use super::keys::Keys;
use super::wire;
use crate::store::News;

/// The time after which an answer or a connection is given up.
const PATIENCE: Duration = Duration::from_millis(500);

/// The most news that wait. More are lost, and the listener hears of that.
const WAITING_NEWS: usize = 1_024;

/// The first line that a connection publishes. It is no news: all readers pass over lines that
/// begin with other words than those of [`wire::news`].
const HELLO: &str = "h";

const ACT: &str = concat!(include_str!("record.lua"), include_str!("act.lua"));
const SYNC: &str = concat!(include_str!("record.lua"), include_str!("sync.lua"));

/// A namespace on a server, as one domain sees it.
pub(crate) struct Server {
    client: Client,
    pub(super) keys: Keys,
    pub(super) domain: Arc<str>,
    pub(super) act: Script,
    pub(super) sync: Script,
}

impl Server {
    pub(crate) fn new(client: Client, namespace: &str, domain: &str) -> Self {
        Self::with_scripts(client, namespace, domain, ACT, SYNC)
    }

    fn with_scripts(client: Client, namespace: &str, domain: &str, act: &str, sync: &str) -> Self {
        Self {
            client,
            keys: Keys::new(namespace),
            domain: domain.into(),
            act: Script::new(act),
            sync: Script::new(sync),
        }
    }

    /// As [`new`](Self::new), with the time of each script given as its last argument.
    #[cfg(test)]
    pub(super) fn with_time_by_hand(client: Client, namespace: &str, domain: &str) -> Self {
        let by_hand = |script: &str| {
            let (before, rest) = script.split_once("local time =").unwrap();
            let (_, after) = rest.split_once("local now =").unwrap();
            let (_, after) = after.split_once('\n').unwrap();
            format!("{before}local now = tonumber(table.remove(ARGV))\n{after}")
        };
        Self::with_scripts(client, namespace, domain, &by_hand(ACT), &by_hand(SYNC))
    }

    /// Connects, and listens to the news. The news end when the connection is lost.
    ///
    /// # Errors
    /// There is no server, or it refuses, if only the right to publish: a script would miss that
    /// right only after it has written.
    pub(crate) async fn connect(self: &Arc<Self>) -> Result<(Connection, Listener), StoreError> {
        // The connection alone has the sender, and drops it when it ends.
        let (sender, listener) = channel();
        let hears = move |push: PushInfo| -> Result<(), ()> {
            if let Some(news) = heard(&push) {
                sender.send(news);
            }
            Ok(())
        };
        let config = AsyncConnectionConfig::new()
            .set_connection_timeout(Some(PATIENCE))
            .set_response_timeout(Some(PATIENCE))
            .set_push_sender(hears);
        let mut redis = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        let () = redis.publish(self.keys.news(), HELLO).await?;
        redis.subscribe(self.keys.news()).await?;
        Ok((Connection::new(Arc::clone(self), redis), listener))
    }
}

/// Brings the news from the connection, and never waits.
struct NewsSender {
    news: mpsc::Sender<News>,
    missed: Arc<Notify>,
}

/// The news of one connection.
pub(crate) struct Listener {
    news: mpsc::Receiver<News>,
    missed: Arc<Notify>,
}

/// Something heard from the server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Heard {
    News(News),
    /// There were too many news, and some are lost.
    Missed,
}

fn channel() -> (NewsSender, Listener) {
    let (sender, news) = mpsc::channel(WAITING_NEWS);
    let missed = Arc::new(Notify::new());
    (NewsSender { news: sender, missed: Arc::clone(&missed) }, Listener { news, missed })
}

impl NewsSender {
    fn send(&self, news: News) {
        if self.news.try_send(news).is_err() {
            self.missed.notify_one();
        }
    }
}

impl Listener {
    /// Waits for the next news. `None` if the connection is lost.
    ///
    /// # Cancel safety
    /// Nothing that has come is lost if the future is dropped.
    pub(crate) async fn next(&mut self) -> Option<Heard> {
        tokio::select! {
            news = self.news.recv() => news.map(Heard::News),
            () = self.missed.notified() => Some(Heard::Missed),
        }
    }
}

/// Reads the news of a message of the channel.
fn heard(push: &PushInfo) -> Option<News> {
    match (&push.kind, push.data.as_slice()) {
        (PushKind::Message, [_, Value::BulkString(line)]) => wire::news(line),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hello_is_no_news() {
        assert_eq!(wire::news(HELLO.as_bytes()), None);
    }

    #[tokio::test]
    async fn news_that_are_too_many_are_missed_and_that_is_heard() {
        let (sender, mut listener) = channel();
        let news = News::Suspected {
            place: "3:svc".into(),
            life: Duration::from_secs(1),
            domain: "eu-1".into(),
        };
        (0..WAITING_NEWS + 7).for_each(|_| sender.send(news.clone()));
        drop(sender);
        let (mut heard, mut missed) = (0, 0);
        while heard < WAITING_NEWS || missed == 0 {
            match listener.next().await {
                Some(Heard::News(it)) => heard += usize::from(it == news),
                Some(Heard::Missed) => missed += 1,
                None => assert_eq!(heard, WAITING_NEWS, "all that had room are heard"),
            }
        }
        assert_eq!((heard, missed), (WAITING_NEWS, 1));
    }
}
