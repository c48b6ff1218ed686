//! A reply by server-sent events, over real sockets: from a loopback LLM that is overloaded in the
//! middle, stalls, breaks off, or ends well.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_stream::try_stream;
use breakerbox::testing::Scope;
use breakerbox::{BreakerError, FailureKind, State, circuit_breaker};
use futures_util::{Stream, StreamExt};
use tokio::net::{TcpListener, TcpStream};

use super::{ADMITTING, Call, Subject, config};

#[derive(Debug)]
enum Error {
    Io(io::Error),
    Status(String),
    Breaker(BreakerError),
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        Error::Io(error)
    }
}

impl From<BreakerError> for Error {
    fn from(error: BreakerError) -> Self {
        Error::Breaker(error)
    }
}

/// The text of one server-sent event.
type Event = String;

fn is_error_event(event: &Result<Event, Error>) -> bool {
    event.as_ref().is_ok_and(|event| event.starts_with("event: error"))
}

#[circuit_breaker(name = "llm", threshold = 2, stream(failure(Err(_), is_error_event)))]
async fn complete(
    service: SocketAddr,
    path: &str,
) -> Result<impl Stream<Item = Result<Event, Error>> + use<>, Error> {
    ask(service, path).await
}

#[circuit_breaker(
    name = "llm",
    threshold = 2,
    stream(stall = "20ms", failure(Err(_), is_error_event))
)]
async fn complete_in_time(
    service: SocketAddr,
    path: &str,
) -> Result<impl Stream<Item = Result<Event, Error>> + use<>, Error> {
    ask(service, path).await
}

async fn ask(
    service: SocketAddr,
    path: &str,
) -> Result<impl Stream<Item = Result<Event, Error>> + use<>, Error> {
    let mut connection =
        Connection { socket: TcpStream::connect(service).await?, read: Vec::new() };
    connection.write(&format!("GET {path} HTTP/1.1\r\nhost: llm\r\n\r\n")).await?;
    let head = connection.read_until("\r\n\r\n").await?;
    let status = head.split(' ').nth(1).unwrap_or_default();
    if status != "200" {
        return Err(Error::Status(status.to_owned()));
    }
    Ok(try_stream! {
        loop {
            let size = connection.read_until("\r\n").await?;
            let chunk = connection.read_until("\r\n").await?;
            if size == "0" {
                break;
            }
            yield chunk.trim_end().to_owned();
        }
    })
}

/// One end of a connection.
struct Connection {
    socket: TcpStream,
    read: Vec<u8>,
}

impl Connection {
    async fn write(&self, mut text: &str) -> io::Result<()> {
        while !text.is_empty() {
            self.socket.writable().await?;
            match self.socket.try_write(text.as_bytes()) {
                Ok(written) => text = &text[written..],
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    /// Returns what comes before `end`.
    async fn read_until(&mut self, end: &str) -> io::Result<String> {
        loop {
            let text = String::from_utf8_lossy(&self.read).into_owned();
            if let Some((found, rest)) = text.split_once(end) {
                self.read = rest.as_bytes().to_vec();
                return Ok(found.to_owned());
            }
            self.socket.readable().await?;
            let mut part = [0; 1024];
            match self.socket.try_read(&mut part) {
                Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
                Ok(length) => self.read.extend_from_slice(&part[..length]),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn send(&self, event: &str) -> io::Result<()> {
        self.write(&format!("{:x}\r\n{event}\n\n\r\n", event.len() + 2)).await
    }
}

/// The LLM. It counts its requests.
struct Service {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
}

impl Service {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&requests);
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(answer(Connection { socket, read: Vec::new() }));
            }
        });
        Service { address, requests }
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }
}

async fn answer(mut connection: Connection) -> io::Result<()> {
    let request = connection.read_until("\r\n\r\n").await?;
    let path = request.split(' ').nth(1).unwrap_or_default();
    if path == "/busy" {
        return connection.write("HTTP/1.1 503 Service Unavailable\r\n\r\n").await;
    }
    connection
        .write("HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
        .await?;
    connection.send("data: once").await?;
    match path {
        "/overloaded" => {
            connection.send("event: error\ndata: {\"type\":\"overloaded_error\"}").await?;
            connection.write("0\r\n\r\n").await
        }
        // The socket stays open.
        "/stalls" => std::future::pending().await,
        // The connection is closed without the last chunk.
        "/breaks-off" => Ok(()),
        _ => {
            connection.send("data: upon").await?;
            connection.send("data: [DONE]").await?;
            connection.write("0\r\n\r\n").await
        }
    }
}

fn subject(scope: &Scope, began: State) -> Subject {
    let config = config().build().unwrap();
    Subject::of(scope.registry().get_or_insert("llm", config).unwrap(), began)
}

#[tokio::test]
async fn reply_that_ends_well_is_a_success() {
    let (scope, service) = (Scope::enter(), Service::start().await);
    for state in ADMITTING {
        let subject = subject(&scope, state);
        let mut reply = Box::pin(complete(service.address, "/well").await.unwrap());
        for event in ["data: once", "data: upon", "data: [DONE]"] {
            assert_eq!(reply.next().await.unwrap().unwrap(), event);
            assert_eq!(subject.call(), Call::Out);
        }
        assert!(reply.next().await.is_none());
        assert_eq!(subject.call(), Call::Success);
    }
}

#[tokio::test]
async fn reply_that_is_overloaded_in_its_middle_is_one_failure() {
    let (scope, service) = (Scope::enter(), Service::start().await);
    for state in ADMITTING {
        let subject = subject(&scope, state);
        let failures = subject.breaker.totals().failures(FailureKind::Error);
        let reply = complete(service.address, "/overloaded").await.unwrap();
        let events: Vec<_> = reply.map(Result::unwrap).collect().await;
        assert_eq!(events, ["data: once", "event: error\ndata: {\"type\":\"overloaded_error\"}"]);
        assert_eq!(subject.call(), Call::Failure);
        assert_eq!(subject.breaker.totals().failures(FailureKind::Error), failures + 1);
    }
}

#[tokio::test]
async fn reply_that_breaks_off_is_a_failure() {
    let (scope, service) = (Scope::enter(), Service::start().await);
    for state in ADMITTING {
        let subject = subject(&scope, state);
        let mut reply = Box::pin(complete(service.address, "/breaks-off").await.unwrap());
        assert_eq!(reply.next().await.unwrap().unwrap(), "data: once");
        let Some(Err(Error::Io(error))) = reply.next().await else { panic!("it broke off") };
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
        assert_eq!(subject.call(), Call::Failure);
    }
}

#[tokio::test]
async fn reply_that_stalls_is_a_failure() {
    let (scope, service) = (Scope::enter(), Service::start().await);
    for state in ADMITTING {
        let subject = subject(&scope, state);
        let reply = complete_in_time(service.address, "/stalls").await.unwrap();
        let mut reply = Box::pin(reply);
        assert_eq!(reply.next().await.unwrap().unwrap(), "data: once");
        let Some(Err(Error::Breaker(error))) = reply.next().await else { panic!("it stalls") };
        assert!(matches!(error, BreakerError::TimedOut { .. }));
        assert!(reply.next().await.is_none());
        assert_eq!(subject.call(), Call::Failure);
    }
}

#[tokio::test]
async fn reader_who_walks_away_is_no_failure() {
    let (scope, service) = (Scope::enter(), Service::start().await);
    for state in ADMITTING {
        let subject = subject(&scope, state);
        let mut reply = Box::pin(complete(service.address, "/stalls").await.unwrap());
        assert_eq!(reply.next().await.unwrap().unwrap(), "data: once");
        drop(reply);
        assert!(subject.counts_as_nothing());
    }
}

#[tokio::test]
async fn service_sees_nothing_while_the_breaker_is_open() {
    let (scope, service) = (Scope::enter(), Service::start().await);
    let subject = subject(&scope, State::Closed);
    let busy = complete(service.address, "/busy").await.err();
    assert!(matches!(busy, Some(Error::Status(status)) if status == "503"));
    assert_eq!((subject.call(), service.requests()), (Call::Failure, 1));
    for _ in 0..10 {
        let rejected = complete(service.address, "/well").await.err();
        assert!(matches!(rejected, Some(Error::Breaker(BreakerError::Open { .. }))));
    }
    assert_eq!(service.requests(), 1);
}
