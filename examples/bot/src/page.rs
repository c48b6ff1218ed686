//! The page of the breakers, on a thread of its own: the bot's event loop is measured.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::thread;

use breakerbox::Registry;
use breakerbox::page::{Page, Server};
use tokio::runtime::Builder;

/// Reads the address of the page.
pub(crate) fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| "give an IP address and a port: `127.0.0.1:9464`".into())
}

/// Serves the page for as long as the program runs. Returns its address.
pub(crate) fn serve(address: SocketAddr) -> io::Result<SocketAddr> {
    let unserved = |error: io::Error| {
        let said = format!("cannot serve the page at {address}: {error}");
        io::Error::new(error.kind(), format!("{said}; give another address by --page ADDRESS"))
    };
    let listener = TcpListener::bind(address).map_err(unserved)?;
    listener.set_nonblocking(true)?;
    let found = listener.local_addr()?;
    // Whoever is at this machine may steer the breakers, and see what comes of it.
    let page = Page::new(Registry::global()).allow(move |_, _| address.ip().is_loopback());
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let server = {
        let _inside = runtime.enter();
        Server::new(tokio::net::TcpListener::from_std(listener)?, page)
    };
    thread::Builder::new().name("page".into()).spawn(move || runtime.block_on(server.run()))?;
    Ok(found)
}
