//! The page of the breakers.

use std::convert::Infallible;
use std::future::pending;
use std::io::{self, Write};
use std::net::SocketAddr;

use breakerbox::Registry;
use breakerbox::page::{Page, Server};

/// Serves the page, if there is an address for it, until this is dropped.
pub(super) async fn serve(address: Option<SocketAddr>) -> io::Result<Infallible> {
    let Some(address) = address else { return pending().await };
    // Whoever is at this machine may steer the breakers.
    let page = Page::new(Registry::global()).allow(move |_, _| address.ip().is_loopback());
    let server = Server::bind(address, page).await.map_err(|error| {
        io::Error::new(error.kind(), format!("cannot serve the page at {address}: {error}"))
    })?;
    // Standard output has the answers alone.
    writeln!(io::stderr(), "page: http://{}/", server.local_addr()?)?;
    server.run().await;
    pending().await
}
