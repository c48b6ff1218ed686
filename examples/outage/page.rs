//! The page of the breaker, while the script plays. The program has it with the feature
//! `page-server`, so that it is built without a server for those who want none.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;

/// Reads the address of the page.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    if cfg!(not(feature = "page-server")) {
        let build = "cargo run --example outage --features page-server -- --page 127.0.0.1:9464";
        return Err(format!("this program was built without a server; give `{build}`"));
    }
    text.parse().map_err(|_| "give an IP address and a port: `127.0.0.1:9464`".into())
}

/// Serves the page, until it is dropped.
#[cfg(feature = "page-server")]
pub(crate) async fn serve(address: Option<SocketAddr>) -> io::Result<Infallible> {
    use breakerbox::Registry;
    use breakerbox::page::{Page, Server};

    use crate::timeline;

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

#[cfg(not(feature = "page-server"))]
pub(crate) async fn serve(_: Option<SocketAddr>) -> io::Result<Infallible> {
    std::future::pending().await
}
