//! Hosts and origins, over sockets: no other site can read the page by a name of its own, or act.

use axum::Router;
use breaker_core::State;
use breaker_page::{Page, Server};
use tokio::net::TcpListener;

use crate::common::http1::Client;
use crate::common::{Answer, Stage};

const ACTION: &str = "breakerbox-action: 1\r\n";

/// Serves the page on a loopback address.
async fn serve(page: Page) -> Client {
    let server = Server::bind("127.0.0.1:0", page).await.unwrap();
    let client = Client { address: server.local_addr().unwrap() };
    tokio::spawn(server.run());
    client
}

/// Mounts the page in axum below `/ops`.
async fn mount(page: Page) -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = Client { address: listener.local_addr().unwrap() };
    let app = Router::new().nest_service("/ops", page);
    tokio::spawn(async move { axum::serve(listener, app).await });
    client
}

/// Sends a request with these header lines instead of a host.
async fn ask(client: Client, method: &str, path: &str, lines: &str) -> Answer {
    let request = format!("{method} {path} HTTP/1.1\r\n{lines}connection: close\r\n\r\n");
    client.send(&request).await
}

async fn status(client: Client, path: &str, lines: &str) -> u16 {
    ask(client, "GET", path, lines).await.status.as_u16()
}

async fn acts(client: Client, path: &str, lines: &str) -> u16 {
    ask(client, "POST", path, &format!("{ACTION}{lines}")).await.status.as_u16()
}

#[tokio::test]
async fn page_on_loopback_answers_to_loopback_names_and_addresses_alone() {
    let stage = Stage::allowing();
    let llm = stage.breaker("llm", 1);
    let client = serve(stage.page.clone()).await;
    let port = client.address.port();
    for host in ["localhost", "LOCALHOST", "127.0.0.1", "[::1]", "localhost.", "a.localhost"] {
        assert_eq!(status(client, "/breakers", &format!("host: {host}\r\n")).await, 200, "{host}");
        let with_port = format!("Host: {host}:{port}\r\n");
        assert_eq!(status(client, "/breakers", &with_port).await, 200, "{host}");
    }
    let paths = ["/", "/health", "/breakers", "/breakers/llm", "/events", "/metrics", "/nothing"];
    for host in ["evil.example", "evil.example:80", "192.168.1.5", "[2001:db8::1]:80"] {
        for path in paths {
            let lines = format!("host: {host}\r\n");
            assert_eq!(status(client, path, &lines).await, 421, "{host} {path}");
        }
        let refused = acts(client, "/breakers/llm/force-open", &format!("host: {host}\r\n")).await;
        assert_eq!((refused, llm.state()), (421, State::Closed), "{host}");
    }
    assert_eq!(acts(client, "/breakers/llm/force-open", "host: localhost\r\n").await, 200);
}

#[tokio::test]
async fn refusal_says_what_to_do() {
    let client = serve(Stage::new().page).await;
    let answer = ask(client, "GET", "/breakers", "host: ops.example.com\r\n").await;
    let json = answer.json();
    assert_eq!(json["status"], 421);
    assert!(json["detail"].as_str().unwrap().ends_with("not to `ops.example.com`"), "{json}");
    assert!(json["help"].as_str().unwrap().contains("`Page::hosts`"), "{json}");
}

#[tokio::test]
async fn missing_malformed_and_several_hosts_are_bad_requests() {
    let client = serve(Stage::new().page).await;
    let several = "host: localhost\r\nhost: evil.example\r\n";
    for (lines, said) in [
        ("", "missing"),
        ("host: \r\n", "malformed"),
        ("host: user@localhost\r\n", "malformed"),
        ("host: local host\r\n", "malformed"),
        ("host: localhost, evil.example\r\n", "malformed"),
        (several, "twice"),
        ("host: localhost\r\nhost: localhost\r\n", "twice"),
    ] {
        let answer = ask(client, "GET", "/breakers", lines).await;
        assert_eq!(answer.status, 400, "{lines}");
        assert!(answer.json()["detail"].as_str().unwrap().contains(said), "{}", answer.text());
    }
    let old = client.send("GET /health HTTP/1.0\r\n\r\n").await;
    assert_eq!(old.status, 200, "HTTP/1.0 has no `Host`");
}

/// A request to a proxy has a host in its address, which is checked too.
#[tokio::test]
async fn host_in_the_address_of_a_request_is_checked_too() {
    let client = serve(Stage::new().page).await;
    let ask = |address: &'static str| status(client, address, "host: localhost\r\n");
    assert_eq!(ask("http://evil.example/breakers").await, 421);
    assert_eq!(ask("http://localhost/breakers").await, 200);
}

#[tokio::test]
async fn named_hosts_are_answered_and_others_refused() {
    let stage = Stage::allowing();
    stage.breaker("llm", 1);
    let page = stage.page.clone().hosts(["ops.example.com"]);
    for (client, base) in [(serve(page.clone()).await, ""), (mount(page).await, "/ops")] {
        let path = format!("{base}/breakers/llm");
        for host in ["ops.example.com", "Ops.Example.COM:8443", "localhost", "10.0.0.1:80"] {
            let lines = format!("host: {host}\r\n");
            assert_eq!(status(client, &path, &lines).await, 200, "{host}");
            assert_eq!(acts(client, &format!("{path}/reset"), &lines).await, 200, "{host}");
        }
        let evil = "host: evil.example\r\n";
        assert_eq!(status(client, &path, evil).await, 421);
        assert_eq!(acts(client, &format!("{path}/reset"), evil).await, 421);
    }
}

#[tokio::test]
async fn mounted_page_without_named_hosts_shows_itself_and_acts_for_addresses_alone() {
    let stage = Stage::allowing();
    let llm = stage.breaker("llm", 1);
    let client = mount(stage.page.clone()).await;
    let evil = "host: evil.example\r\norigin: http://evil.example\r\n";
    assert_eq!(status(client, "/ops/breakers", evil).await, 200);
    assert_eq!(acts(client, "/ops/breakers/llm/force-open", evil).await, 421);
    assert_eq!(acts(client, "/ops/breakers/llm/force-open", "").await, 400);
    assert_eq!(llm.state(), State::Closed);
    assert_eq!(acts(client, "/ops/breakers/llm/force-open", "host: 10.0.0.1\r\n").await, 200);

    let client = mount(stage.page.clone().any_host()).await;
    assert_eq!(acts(client, "/ops/breakers/llm/reset", evil).await, 200);
}

#[tokio::test]
async fn origin_of_an_action_is_the_page_or_a_named_host() {
    let stage = Stage::allowing();
    let llm = stage.breaker("llm", 1);
    let client = serve(stage.page.clone().hosts(["ops.example.com"])).await;
    let act = |origin: &str| {
        let lines = format!("host: localhost:9464\r\norigin: {origin}\r\n");
        async move { acts(client, "/breakers/llm/force-open", &lines).await }
    };
    for origin in [
        "null",
        "http://evil.example",
        "http://localhost",
        "http://localhost:3000",
        "file://",
        "localhost:9464",
        "chrome-extension://localhost:9464",
    ] {
        assert_eq!((act(origin).await, llm.state()), (403, State::Closed), "{origin}");
    }
    for origin in ["http://localhost:9464", "HTTP://LocalHost:9464", "https://ops.example.com"] {
        let origin = origin.replace("HTTP", "http");
        assert_eq!((act(&origin).await, llm.state()), (200, State::Isolated), "{origin}");
        llm.reset();
    }
}
