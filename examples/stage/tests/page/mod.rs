//! The page of a program that was started with `--page`, asked over a socket as a browser does.

#![allow(dead_code, unreachable_pub, reason = "each program's tests use a part")]

use std::net::TcpListener;
use std::time::{Duration, Instant};

/// Longer than any of the programs plays.
const LONG: Duration = Duration::from_secs(60);

pub struct Page {
    address: String,
}

impl Page {
    /// Returns the page, if this line announces it.
    pub fn announced(line: &str) -> Option<Self> {
        let address = line.trim_end().strip_prefix("page: ")?.to_owned();
        assert!(address.starts_with("http://127.0.0.1:") && address.ends_with('/'), "{address}");
        Some(Page { address })
    }

    /// Asks for a path below the page's address.
    pub async fn get(&self, path: &str) -> String {
        let answer = reqwest::get(format!("{}{path}", self.address)).await.unwrap();
        let status = answer.status();
        let text = answer.text().await.unwrap();
        assert_eq!(status, 200, "{path}: {text}");
        text
    }

    /// Loads the document and the list, then waits until the page has seen a breaker open.
    pub async fn shows_a_trip_of(&self, path: &str) {
        let document = self.get("").await;
        assert!(document.contains("<title>Circuit breakers</title>"), "{document}");
        let list = self.get("breakers").await;
        assert!(list.starts_with("{\"now_ms\":") && list.contains("\"actions\":true"), "{list}");
        let deadline = Instant::now() + LONG;
        loop {
            // The breaker is there once its function has been called.
            let listed = self.get("breakers").await.contains(&format!("\"path\":\"{path}\""));
            if listed && self.get(path).await.contains("\"to\":\"open\"") {
                return;
            }
            assert!(Instant::now() < deadline, "no trip of {path}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Returns a listener, which takes a port of this machine while it lives, and its address.
pub fn taken() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    (listener, address)
}

/// Malformed addresses: no port, no address, a name, a port that is too large, a URL.
pub const MALFORMED: [&str; 5] =
    ["127.0.0.1", ":9464", "localhost:9464", "127.0.0.1:99999", "http://127.0.0.1:9464/"];

/// Checks that a message names the argument, the value given and the remedy.
pub fn assert_names(message: &str, given: &str) {
    for part in ["--page", given, "give"] {
        assert!(message.contains(part), "`{part}` is not in\n{message}");
    }
}
