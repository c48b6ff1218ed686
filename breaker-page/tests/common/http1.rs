//! HTTP/1.1 over a socket, by hand, so that no client library changes the bytes.

use std::net::SocketAddr;

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::{Answer, LONG};

#[derive(Clone, Copy)]
pub struct Client {
    pub address: SocketAddr,
}

impl Client {
    pub async fn connect(self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    pub async fn get(self, path: &str) -> Answer {
        self.ask("GET", path, "").await
    }

    /// Sends a request, and reads until the server closes. Each line of `headers` ends in `\r\n`.
    pub async fn ask(self, method: &str, path: &str, headers: &str) -> Answer {
        let host = self.address;
        let head = format!("{method} {path} HTTP/1.1\r\nhost: {host}\r\n{headers}");
        self.send(&format!("{head}connection: close\r\n\r\n")).await
    }

    /// Sends this text as a request, and reads until the server closes.
    pub async fn send(self, request: &str) -> Answer {
        let mut stream = self.connect().await;
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        timeout(LONG, stream.read_to_end(&mut bytes)).await.expect("an answer").unwrap();
        parse(&bytes)
    }
}

/// Sends a request for a stream, and reads until this text has come. Returns all that was read.
pub async fn open_stream(stream: &mut TcpStream, path: &str, until: &str) -> String {
    let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    read_until(stream, until).await
}

pub async fn read_until(stream: &mut TcpStream, until: &str) -> String {
    let mut text = String::new();
    let mut bytes = vec![0; 4_096];
    while !text.contains(until) {
        let read = timeout(LONG, stream.read(&mut bytes)).await.expect("more").unwrap();
        assert_ne!(read, 0, "ended after: {text}");
        text.push_str(&String::from_utf8_lossy(&bytes[..read]));
    }
    text
}

fn parse(bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|it| it == b"\r\n\r\n").expect("a head");
    let head = std::str::from_utf8(&bytes[..end]).unwrap();
    let mut lines = head.lines();
    let status = lines.next().unwrap().split(' ').nth(1).unwrap();
    let mut headers = HeaderMap::new();
    for line in lines {
        let (name, value) = line.split_once(':').unwrap();
        let name: HeaderName = name.parse().unwrap();
        headers.append(name, HeaderValue::from_str(value.trim()).unwrap());
    }
    let status: StatusCode = status.parse().unwrap();
    Answer { status, headers, body: bytes[end + 4..].to_vec() }
}
