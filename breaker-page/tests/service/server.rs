//! The server, over sockets, with clients that are slow, idle, many, or wrong.

use std::time::Duration;

use breaker_page::{Page, Server};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::common::http1::{Client, open_stream, read_until};
use crate::common::{LONG, Stage};

struct Running {
    client: Client,
    end: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

async fn start(page: Page) -> Running {
    let server = Server::bind("127.0.0.1:0", page).await.unwrap();
    let client = Client { address: server.local_addr().unwrap() };
    let (end, ended) = oneshot::channel::<()>();
    let task = tokio::spawn(server.run_until(async {
        let _ = ended.await;
    }));
    Running { client, end, task }
}

impl Running {
    async fn stop(self) {
        self.end.send(()).unwrap();
        timeout(LONG, self.task).await.expect("the server ends").unwrap();
    }
}

#[tokio::test]
async fn server_answers_and_ends() {
    let stage = Stage::allowing();
    let llm = stage.breaker("llm", 1);
    let running = start(stage.page.clone()).await;
    let client = running.client;
    let answer = client.get("/").await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (200, stage.get("/").body.len()));
    assert_eq!(client.get("/breakers/llm").await.json()["breaker"]["state"], "closed");
    let answer = client
        .ask("POST", "/breakers/llm/force-open", "breakerbox-action: 1\r\ncontent-length: 0\r\n")
        .await;
    assert_eq!((answer.status.as_u16(), llm.state().as_str()), (200, "isolated"));
    let answer = client.ask("HEAD", "/breakers", "").await;
    assert_eq!(answer.body.len(), 0);
    running.stop().await;
    assert!(tokio::net::TcpStream::connect(client.address).await.is_err(), "nobody listens");
}

#[tokio::test]
async fn address_that_is_taken_is_an_error() {
    let running = start(Stage::new().page).await;
    let error = breaker_page::serve(running.client.address, Stage::new().page).await.unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
}

#[tokio::test]
async fn thousand_streams_over_sockets_all_hear_of_a_trip() {
    let stage = Stage::new();
    let llm = stage.breaker("llm", 1);
    let running = start(stage.page.clone().max_streams(1_000)).await;
    let mut streams = Vec::new();
    for _ in 0..1_000 {
        let mut stream = running.client.connect().await;
        open_stream(&mut stream, "/events", "\"last\":true").await;
        streams.push(stream);
    }
    let refused = running.client.get("/events").await;
    assert_eq!(refused.status, 503);
    llm.force_open();
    for stream in &mut streams {
        read_until(stream, "event: transition").await;
    }
    running.stop().await;
    for stream in &mut streams {
        let mut rest = Vec::new();
        timeout(LONG, stream.read_to_end(&mut rest)).await.expect("the stream ends").unwrap();
        assert!(rest.ends_with(b"0\r\n\r\n"), "it ends as it should");
    }
}

/// Time is stopped, and runs on when all tasks are idle, so limits come at once.
#[tokio::test(start_paused = true)]
async fn connection_without_a_request_is_ended() {
    let running = start(Stage::new().page).await;
    for begun in ["", "GET / HT", "GET / HTTP/1.1\r\nhost: localhost\r\n"] {
        let mut stream = running.client.connect().await;
        stream.write_all(begun.as_bytes()).await.unwrap();
        let mut rest = Vec::new();
        let ended = timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
        ended.expect("the server closes").unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn connection_that_has_had_an_answer_and_asks_no_more_is_ended() {
    let running = start(Stage::new().page).await;
    let mut stream = running.client.connect().await;
    stream.write_all(b"GET /health HTTP/1.1\r\nhost: localhost\r\n\r\n").await.unwrap();
    let mut rest = Vec::new();
    let ended = timeout(Duration::from_secs(20), stream.read_to_end(&mut rest)).await;
    ended.expect("the server closes").unwrap();
    assert!(rest.starts_with(b"HTTP/1.1 200 OK"), "{}", String::from_utf8_lossy(&rest));
}

#[tokio::test]
async fn wrong_and_huge_requests_are_refused_and_the_server_goes_on() {
    let stage = Stage::allowing();
    stage.breaker("llm", 1);
    let running = start(stage.page.clone()).await;
    let client = running.client;
    let long = format!("/breakers/{}", "x".repeat(100_000));
    for (request, status) in [
        ("nonsense\r\n\r\n".to_owned(), "400"),
        (format!("GET {long} HTTP/1.1\r\nhost: localhost\r\n\r\n"), "431"),
        (format!("GET / HTTP/1.1\r\nhost: localhost\r\nx: {long}\r\n\r\n"), "431"),
        ("\u{0}\u{1}\u{2}\r\n\r\n".to_owned(), "400"),
    ] {
        let mut stream = client.connect().await;
        let _ = stream.write_all(request.as_bytes()).await;
        let mut answer = vec![0; 12];
        if timeout(LONG, stream.read_exact(&mut answer)).await.expect("an end").is_ok() {
            let answer = String::from_utf8(answer).unwrap();
            assert_eq!(answer, format!("HTTP/1.1 {status}"), "{}", &request[..10]);
        }
    }
    // A body of megabytes is answered before it has arrived.
    let mut stream = client.connect().await;
    let head = "POST /breakers/llm/reset HTTP/1.1\r\nhost: localhost\r\nbreakerbox-action: 1\r\n\
                content-length: 100000000\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    assert!(read_until(&mut stream, "\r\n\r\n").await.starts_with("HTTP/1.1 413"));
    assert_eq!(client.get("/health").await.status, 200);
    running.stop().await;
}
