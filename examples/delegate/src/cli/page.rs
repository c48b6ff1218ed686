//! The page of the breakers.

use std::convert::Infallible;
use std::future::pending;
use std::io::{self, Write};
use std::net::SocketAddr;

use breakerbox::Registry;
use breakerbox::page::{Page, Server};

/// Reads the address of the page.
pub(super) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "give an IP address and a port: `127.0.0.1:9464`".into())
}

/// Serves the page, if there is an address for it, until this is dropped.
pub(super) async fn serve(address: Option<SocketAddr>) -> io::Result<Infallible> {
    let Some(address) = address else { return pending().await };
    // Whoever is at this machine may steer the breakers.
    let page = Page::new(Registry::global()).allow(move |_, _| address.ip().is_loopback());
    let server = Server::bind(address, page).await.map_err(|error| {
        let said = format!("cannot serve the page at {address}: {error}");
        io::Error::new(error.kind(), format!("{said}; give another address by --page ADDRESS"))
    })?;
    // Standard output has the answers alone.
    writeln!(io::stderr(), "page: http://{}/", server.local_addr()?)?;
    server.run().await;
    pending().await
}
