//! The lives of a service that dies and comes back at its address.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use tokio::net::{TcpListener, TcpSocket};
use tokio::runtime::{Builder, Runtime};

/// A port that is bound and not listened to: the system refuses connections to it, and gives the
/// port to nobody else.
#[derive(Debug)]
pub struct Port {
    socket: TcpSocket,
}

impl Port {
    /// Takes a free port of the loopback interface.
    ///
    /// # Errors
    /// The system has no free port.
    pub fn any() -> io::Result<Self> {
        Self::take((Ipv4Addr::LOCALHOST, 0).into())
    }

    /// Takes the port of an address.
    ///
    /// # Errors
    /// Another socket has the port, or the address is none of this machine.
    pub fn take(address: SocketAddr) -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        // Lingering connections of a former life would block the next one.
        socket.set_reuseaddr(cfg!(unix))?;
        socket.bind(address)?;
        Ok(Self { socket })
    }

    /// Listens, and begins a life.
    ///
    /// # Errors
    /// The system gives no runtime, or does not let the socket listen.
    pub fn listen(self) -> io::Result<Life> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let listener = {
            let _entered = runtime.enter();
            self.socket.listen(1024)?
        };
        Ok(Life { runtime, listener })
    }
}

/// One life of the service, like a process. Its end drops the runtime with the listener, all
/// connections and the requests under way.
#[derive(Debug)]
pub struct Life {
    runtime: Runtime,
    listener: TcpListener,
}

impl Life {
    /// Returns the listener's address.
    ///
    /// # Errors
    /// The system does not say.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Answers requests on this thread, until `until` is ready.
    pub fn serve(self, app: Router, until: impl Future<Output = ()>) {
        self.runtime.block_on(async {
            tokio::select! {
                _ = axum::serve(self.listener, app) => {}
                () = until => {}
            }
        });
    }
}
