//! The page of the breaker, while the script plays.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;

use breakerbox::Registry;
use breakerbox::page::{Page, Server};

use crate::timeline;

/// Reads the address of the page.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "give an IP address and a port: `127.0.0.1:9464`".into())
}

/// Serves the page, until it is dropped.
pub(crate) async fn serve(address: Option<SocketAddr>) -> io::Result<Infallible> {
    let Some(address) = address else { return std::future::pending().await };
    // Whoever is at this machine may steer the breaker, and see what comes of it.
    let page =
        Page::new(Registry::global()).allow(move |_, _| address.ip().is_loopback()).vital(["llm"]);
    let server = Server::bind(address, page).await.map_err(|error| {
        let said = format!("cannot serve the page at {address}: {error}");
        io::Error::new(error.kind(), format!("{said}; give another address by --page ADDRESS"))
    })?;
    timeline::say(format_args!("page: http://{}/", server.local_addr()?))?;
    server.run().await;
    std::future::pending().await
}
