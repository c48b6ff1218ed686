//! The page of the breakers, on its own thread, since the bot's event loop is measured.

use std::io;
use std::net::SocketAddr;
use std::thread;

use breakerbox::Registry;
use breakerbox::page::Page;
use stage::page;
use tokio::runtime::Builder;

/// Serves the page until the program ends. Returns the page's address.
pub(crate) fn serve(address: SocketAddr) -> io::Result<SocketAddr> {
    let runtime = Builder::new_current_thread().enable_all().build()?;
    let server = runtime.block_on(page::bind(address, Page::new(Registry::global())))?;
    let found = server.local_addr()?;
    thread::Builder::new().name("page".into()).spawn(move || runtime.block_on(server.run()))?;
    Ok(found)
}
