//! A network that cuts instances off, or delays them.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use breakerbox::State;
use breakerbox::fleet::Store;

use crate::server::RedisServer;
use crate::world::{Instance, Service, all, await_joined, call_until, eventually};

/// A way to the server through this process.
struct Proxy {
    port: u16,
    way: Arc<Way>,
}

#[derive(Default)]
struct Way {
    is_cut: AtomicBool,
    delay_ms: AtomicU64,
    streams: Mutex<Vec<TcpStream>>,
}

impl Proxy {
    fn new(server: &RedisServer) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let way = Arc::<Way>::default();
        let (of_proxy, server) = (Arc::clone(&way), server.port);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let _ = of_proxy.carry(client, server);
            }
        });
        Self { port, way }
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Cuts what there is, and lets nothing through.
    fn cut(&self) {
        self.way.is_cut.store(true, Ordering::SeqCst);
        for stream in self.way.streams.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    fn mend(&self) {
        self.way.is_cut.store(false, Ordering::SeqCst);
    }
}

impl Way {
    fn carry(self: &Arc<Self>, client: TcpStream, server: u16) -> io::Result<()> {
        if self.is_cut.load(Ordering::SeqCst) {
            return Ok(());
        }
        let server = TcpStream::connect(("127.0.0.1", server))?;
        let ends = [
            (client.try_clone()?, server.try_clone()?),
            (server.try_clone()?, client.try_clone()?),
        ];
        self.streams.lock().unwrap().extend([client, server]);
        for (from, to) in ends {
            let way = Arc::clone(self);
            thread::spawn(move || way.copy(from, to));
        }
        Ok(())
    }

    fn copy(self: &Arc<Self>, mut from: TcpStream, mut to: TcpStream) {
        let (sender, receiver) = mpsc::channel::<(Instant, Vec<u8>)>();
        let writer = thread::spawn(move || {
            for (at, bytes) in receiver {
                // The subject of a test is the time that a message takes.
                thread::sleep(at.saturating_duration_since(Instant::now()));
                if to.write_all(&bytes).is_err() {
                    break;
                }
            }
            let _ = to.shutdown(Shutdown::Both);
        });
        let mut buffer = [0; 4_096];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            let delay = Duration::from_millis(self.delay_ms.load(Ordering::SeqCst));
            if sender.send((Instant::now() + delay, buffer[..length].to_vec())).is_err() {
                break;
            }
        }
        drop(sender);
        let _ = (writer.join(), from.shutdown(Shutdown::Both));
    }
}

#[test]
fn instances_that_are_cut_off_are_alone_and_come_back() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let (proxy, service) = (Proxy::new(&server), Arc::<Service>::default());
    let begin = |(domain, url): (&str, String)| Instance::begin(&url, domain, &service);
    let ways = [
        ("eu-1", server.url()),
        ("eu-2", server.url()),
        ("us-1", proxy.url()),
        ("us-2", proxy.url()),
    ];
    let instances: Vec<_> = ways.map(begin).into();
    await_joined(&instances);
    let (near, far) = instances.split_at(2);
    proxy.cut();
    eventually("the far ones are alone", || {
        far.iter().all(|it| matches!(it.store(), Store::Alone { .. }))
    });
    service.set_down(true);
    near.iter().for_each(Instance::fail);
    eventually("the near ones are open", || all(near, State::Open));
    assert!(all(far, State::Closed), "they know nothing of it");
    call_until("those trip and probe by themselves", &instances, || all(far, State::Open));
    service.set_down(false);
    call_until("all closed", &instances, || all(&instances, State::Closed));
    proxy.mend();
    await_joined(&instances);
    service.set_down(true);
    near.iter().for_each(Instance::fail);
    eventually("all open", || all(&instances, State::Open));
    service.set_down(false);
    call_until("all closed", &instances, || all(&instances, State::Closed));
}

#[test]
fn delay_of_messages_costs_no_agreement() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let (proxy, service) = (Proxy::new(&server), Arc::<Service>::default());
    // There and back are less than the time that an answer is waited for.
    proxy.way.delay_ms.store(150, Ordering::SeqCst);
    let begin = |domain| Instance::begin(&proxy.url(), domain, &service);
    let instances: Vec<_> = ["eu-1", "eu-2", "us-1"].map(begin).into();
    await_joined(&instances);
    service.set_down(true);
    instances[..2].iter().for_each(Instance::fail);
    eventually("all open", || all(&instances, State::Open));
    let probes = service.probes();
    call_until("probes in turn", &instances, || service.probes() >= probes + 3);
    service.set_down(false);
    call_until("all closed", &instances, || all(&instances, State::Closed));
}
