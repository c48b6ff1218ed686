//! The page of a program's breakers, at the address of its argument `--page`.

use std::convert::Infallible;
use std::future::pending;
use std::io;
use std::net::SocketAddr;

use breakerbox::page::{Page, Server};

/// Reads the address of the page.
///
/// # Errors
/// The text is no IP address with a port; the error says what to give.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "give an IP address and a port: `127.0.0.1:9464`".into())
}

/// Binds the page's server. At a loopback address, the page may also steer the breakers.
///
/// # Errors
/// The address is taken, or is none of this machine.
pub async fn bind(address: SocketAddr, page: Page) -> io::Result<Server> {
    let page = page.allow(move |_, _| address.ip().is_loopback());
    Server::bind(address, page).await.map_err(|error| {
        let said = format!("cannot serve the page at {address}: {error}");
        io::Error::new(error.kind(), format!("{said}; give another address by --page ADDRESS"))
    })
}

/// Serves the page, if it has an address, until this is dropped. `announce` prints the page's URL.
///
/// # Errors
/// [`bind`] or `announce` fails.
///
/// # Cancel safety
/// The server ends when this is dropped, and frees its address.
pub async fn serve(
    address: Option<SocketAddr>,
    page: Page,
    announce: impl FnOnce(&str) -> io::Result<()>,
) -> io::Result<Infallible> {
    let Some(address) = address else { return pending().await };
    let server = bind(address, page).await?;
    announce(&format!("page: http://{}/", server.local_addr()?))?;
    server.run().await;
    pending().await
}
