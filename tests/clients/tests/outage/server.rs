//! A service on the loopback interface that is as well as it is told to be.
//!
//! It writes HTTP by hand, so that it can do what no framework does: reset a connection, or stop
//! within an answer. Each connection carries one request.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinHandle;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Mood {
    Healthy,
    /// 503
    Down,
    /// 429
    Busy(Wait),
    /// 400
    Misled,
    /// Answers when it is in another mood.
    Hanging,
    /// Sends the head of an answer, and its body when it is in another mood.
    Dripping,
    /// The connection is closed in the midst of an answer.
    Dropping,
    /// The connection is reset before an answer.
    Resetting,
    /// Streams a reply by server-sent events.
    Streaming(Ending),
}

/// The end of a reply that is streamed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Ending {
    /// With `[DONE]`. The body itself ends when the service is in another mood.
    Well,
    /// With an error in place of more words.
    Overloaded,
    /// The connection is closed in the midst of the reply.
    BreakingOff,
    /// Nothing comes after the first words, until the service is in another mood.
    Stalling,
}

/// The spellings of how long a client is asked to wait.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wait {
    /// `Retry-After: 60`
    Seconds(u64),
    /// `Retry-After` as a date, so many seconds after the answer's own `Date`. The server's clock
    /// is a day ahead of the client's.
    Date(u64),
    /// `retry-after-ms: 60000`
    Millis(u64),
}

pub(crate) struct Server {
    address: SocketAddr,
    mood: watch::Sender<Mood>,
    received: watch::Receiver<usize>,
    task: JoinHandle<()>,
}

#[derive(Clone)]
struct Service {
    mood: watch::Receiver<Mood>,
    received: watch::Sender<usize>,
}

impl Server {
    /// On the test's own thread, and so in its scope.
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (mood, moods) = watch::channel(Mood::Healthy);
        let (count, received) = watch::channel(0);
        let service = Service { mood: moods, received: count };
        let task = tokio::spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                tokio::spawn(service.clone().serve(connection));
            }
        });
        Self { address, mood, received, task }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}/", self.address)
    }

    pub(crate) fn set(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    /// Returns the number of requests that have come in so far.
    pub(crate) fn received(&self) -> usize {
        *self.received.borrow()
    }

    /// Until so many requests have come in.
    pub(crate) async fn has_received(&self, wanted: usize) {
        let mut received = self.received.clone();
        let arrival = received.wait_for(|received| *received >= wanted);
        let arrived = tokio::time::timeout(Duration::from_mins(1), arrival).await;
        assert!(arrived.is_ok_and(|arrived| arrived.is_ok()), "the request is lost");
    }

    /// Lets that much time pass for timers, once so many requests have come in.
    pub(crate) async fn keeps_waiting(&self, requests: usize, time: Duration) {
        self.has_received(requests).await;
        // Packets under way arrive: each time the runtime looks at its sockets.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        tokio::time::pause();
        tokio::time::advance(time).await;
        tokio::time::resume();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Service {
    /// An error is a client that has gone, which is the client's business.
    async fn serve(mut self, mut connection: TcpStream) -> io::Result<()> {
        let path = read_request(&mut connection).await?;
        self.received.send_modify(|received| *received += 1);
        let mood = self.mood_other_than(Mood::Hanging).await;
        if let Mood::Streaming(ending) = mood {
            return self.stream(connection, ending).await;
        }
        let (head, body) = answer(mood, &path);
        match mood {
            Mood::Resetting => return connection.set_zero_linger(),
            Mood::Dropping => return connection.write_all(head.as_bytes()).await,
            Mood::Dripping => {
                connection.write_all(head.as_bytes()).await?;
                self.mood_other_than(Mood::Dripping).await;
            }
            _ => connection.write_all(head.as_bytes()).await?,
        }
        connection.write_all(body.as_bytes()).await?;
        connection.shutdown().await
    }

    async fn stream(mut self, mut connection: TcpStream, ending: Ending) -> io::Result<()> {
        let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\
                    transfer-encoding: chunked\r\nconnection: close\r\n\r\n";
        connection.write_all(head.as_bytes()).await?;
        let others: &[_] = match ending {
            Ending::Well => &[words(" is ready."), json!("[DONE]")],
            Ending::Overloaded => &[json!({ "error": { "message": "overloaded" } })],
            Ending::BreakingOff | Ending::Stalling => &[],
        };
        for event in [&words("Tea")].into_iter().chain(others) {
            // `[DONE]` is no JSON.
            let data = event.as_str().map_or_else(|| event.to_string(), str::to_owned);
            let event = format!("data: {data}\n\n");
            let chunk = format!("{:x}\r\n{event}\r\n", event.len());
            connection.write_all(chunk.as_bytes()).await?;
        }
        match ending {
            Ending::BreakingOff => return Ok(()),
            Ending::Overloaded => {}
            Ending::Well | Ending::Stalling => {
                self.mood_other_than(Mood::Streaming(ending)).await;
            }
        }
        connection.write_all(b"0\r\n\r\n").await
    }

    async fn mood_other_than(&mut self, mood: Mood) -> Mood {
        let changed = self.mood.wait_for(|now| *now != mood).await;
        // None is left to change it: the test is over.
        changed.map_or(Mood::Resetting, |now| *now)
    }
}

/// Reads a whole request, and returns its path.
async fn read_request(connection: &mut TcpStream) -> io::Result<String> {
    let mut bytes = Vec::new();
    loop {
        if connection.read_buf(&mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            let is_length = name.eq_ignore_ascii_case("content-length");
            is_length.then(|| value.trim().parse().unwrap())
        });
        if body.len() >= length.unwrap_or(0) {
            return Ok(head.split(' ').nth(1).unwrap_or_default().to_owned());
        }
    }
}

/// The head of the answer and its body.
fn answer(mood: Mood, path: &str) -> (String, String) {
    let error = |message: &str| json!({ "error": { "message": message } });
    let (status, body) = match mood {
        Mood::Down => ("503 Service Unavailable", error("down")),
        Mood::Busy(_) => ("429 Too Many Requests", error("busy")),
        Mood::Misled => ("400 Bad Request", error("what?")),
        _ => ("200 OK", good(path)),
    };
    let wait = match mood {
        Mood::Busy(wait) => wait.header(),
        _ => String::new(),
    };
    let body = body.to_string();
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n{wait}\r\n"
    );
    (head, body)
}

/// A part of a streamed reply.
fn words(text: &str) -> Value {
    let choice = json!({ "index": 0, "delta": { "content": text }, "finish_reason": null });
    json!({
        "id": "1", "object": "chat.completion.chunk", "created": 1, "model": "small",
        "choices": [choice],
    })
}

fn good(path: &str) -> Value {
    match path {
        "/v1/chat/completions" => {
            let message = json!({ "role": "assistant", "content": "Tea is ready." });
            let choice = json!({ "index": 0, "message": message, "finish_reason": "stop" });
            json!({
                "id": "1", "object": "chat.completion", "created": 1, "model": "small",
                "choices": [choice],
            })
        }
        "/v1/models" => {
            let model = json!({ "id": "small", "object": "model", "created": 1, "owned_by": "us" });
            json!({ "object": "list", "data": [model] })
        }
        _ => json!("Tea is ready."),
    }
}

impl Wait {
    fn header(self) -> String {
        match self {
            Wait::Seconds(seconds) => format!("retry-after: {seconds}\r\n"),
            Wait::Millis(millis) => format!("retry-after-ms: {millis}\r\n"),
            Wait::Date(seconds) => {
                let now = SystemTime::now() + Duration::from_hours(24);
                let then = now + Duration::from_secs(seconds);
                let [now, then] = [now, then].map(httpdate::fmt_http_date);
                format!("date: {now}\r\nretry-after: {then}\r\n")
            }
        }
    }
}
