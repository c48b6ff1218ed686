//! Access to a server: passwords, rights, TLS, and servers that are too old.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::thread;

use breakerbox::State;
use breakerbox::fleet::{Redis, Store};
use redis::Commands;

use crate::server::{LIMIT, RedisServer, free_port, left_out};
use crate::world::{Instance, Service, all, await_joined, config, eventually, options};

/// The line of the README.
fn rights() -> Vec<String> {
    let readme = include_str!("../../../../breaker-fleet/README.md");
    let line = readme.lines().find_map(|line| line.strip_prefix("ACL SETUSER breaker "));
    let line = line.expect("the README has the rights").replace("<password>", "secret");
    line.replace("<namespace>", "shop/test").split(' ').map(str::to_owned).collect()
}

fn set_user(server: &RedisServer, rights: &[String]) {
    let mut command = redis::cmd("ACL");
    command.arg("SETUSER").arg("breaker").arg("reset").arg(rights);
    let () = command.query(&mut server.connection()).unwrap();
}

fn as_user(server: &RedisServer) -> String {
    format!("redis://breaker:secret@127.0.0.1:{}", server.port)
}

fn await_error(instance: &Instance, part: &str) {
    let mut found = String::new();
    let begun = std::time::Instant::now();
    while !found.contains(part) {
        assert!(begun.elapsed() < LIMIT, "{part}: {found}");
        if let Store::Joining { error: Some(error) } = instance.store() {
            found = error;
        }
        thread::sleep(std::time::Duration::from_millis(2));
    }
    let said = format!("{:?} {}", instance.fleet, instance.fleet.status());
    assert!(!said.contains("secret") && !said.contains("wrong"), "{said}");
}

#[test]
fn password_of_the_url_is_used_and_a_wrong_one_is_told() {
    let Some(server) = RedisServer::start(&["--requirepass", "secret"]) else { return };
    let service = Arc::<Service>::default();
    let url = |user: &str| format!("redis://{user}@127.0.0.1:{}", server.port);
    await_joined(&[Instance::begin(&url(":secret"), "eu-1", &service)]);
    let refused = "the server refuses the user or the password of the URL";
    await_error(&Instance::begin(&url(":wrong"), "eu-2", &service), refused);
    await_error(&Instance::begin(&server.url(), "eu-2", &service), "wants a password");
}

/// A whole life: trips, leases, recovery, leaving.
fn live(url: &str, service: &Arc<Service>) -> Vec<Instance> {
    let instances: Vec<_> =
        ["eu-1", "eu-2", "us-1"].map(|domain| Instance::begin(url, domain, service)).into();
    await_joined(&instances);
    service.set_down(true);
    instances[..2].iter().for_each(Instance::fail);
    eventually("all open", || all(&instances, State::Open));
    let probes = service.probes();
    crate::world::call_until("a probe fails", &instances, || service.probes() > probes + 1);
    service.set_down(false);
    crate::world::call_until("all closed", &instances, || all(&instances, State::Closed));
    instances
}

#[test]
fn rights_of_the_readme_are_enough() {
    let Some(server) = RedisServer::start(&[]) else { return };
    set_user(&server, &rights());
    let service = Arc::<Service>::default();
    let instances = live(&as_user(&server), &service);
    for instance in instances {
        assert_eq!(instance.fleet.status().trouble, None);
        instance.fleet.leave();
    }
    let refused = refusals(&server);
    assert!(refused.is_empty(), "{refused:?}");
}

#[test]
fn database_of_the_url_needs_the_right_to_select() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let url = format!("{}/2", as_user(&server));
    set_user(&server, &rights());
    let instance = Instance::begin(&url, "eu-1", &Arc::default());
    eventually("the status says why", || {
        matches!(instance.store(), Store::Joining { error: Some(_) })
    });
    set_user(&server, &[rights(), vec!["+select".to_owned()]].concat());
    await_joined(&[instance]);
}

#[test]
fn right_to_publish_is_missed_before_anything_is_written() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let rest: Vec<_> = rights().into_iter().filter(|right| right != "+publish").collect();
    set_user(&server, &rest);
    let instance = Instance::begin(&as_user(&server), "eu-1", &Arc::default());
    await_error(&instance, "the README of breaker-fleet has the ACL of its user");
    instance.fail();
    instance.fleet.leave();
    let keys: Vec<String> = server.connection().keys("*").unwrap();
    assert!(keys.is_empty(), "{keys:?}");
}

#[test]
fn each_right_of_the_readme_is_needed() {
    let Some(server) = RedisServer::start(&[]) else { return };
    let all_rights = rights();
    let granted: Vec<_> =
        all_rights.iter().filter(|right| right.starts_with(['+', '~', '&'])).collect();
    assert!(granted.len() > 5, "{granted:?}");
    for without in granted {
        let rest: Vec<_> = all_rights.iter().filter(|right| *right != without).cloned().collect();
        set_user(&server, &rest);
        let () = redis::cmd("FLUSHALL").query(&mut server.connection()).unwrap();
        let () = redis::cmd("SCRIPT").arg("FLUSH").query(&mut server.connection()).unwrap();
        let () = redis::cmd("ACL").arg("LOG").arg("RESET").query(&mut server.connection()).unwrap();
        let service = Arc::<Service>::default();
        let url = as_user(&server);
        service.set_down(true);
        let begin =
            |domain| Instance::begin_with(options(&url, domain).quorum(1), config(), &service);
        let instances: Vec<_> = ["eu-1", "eu-2"].map(begin).into();
        // Somebody is refused, sooner or later in a life.
        crate::world::call_until(without, &instances, || {
            service.set_down(all(&instances, State::Closed) || service.probes() % 4 < 3);
            !refusals(&server).is_empty()
        });
    }
}

/// Returns what the server has refused to do for lack of a right.
fn refusals(server: &RedisServer) -> Vec<redis::Value> {
    redis::cmd("ACL").arg("LOG").query(&mut server.connection()).unwrap()
}

#[test]
fn server_without_resp3_is_told() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut writer = stream.try_clone().unwrap();
            // As Redis 5 answers a command with one argument.
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                if line == "HELLO" {
                    let _ = writer.write_all(
                        b"-ERR unknown command `HELLO`, with args beginning with: `3`, \r\n",
                    );
                }
            }
        }
    });
    let service = Arc::<Service>::default();
    let instance = Instance::begin(&format!("redis://127.0.0.1:{port}"), "eu-1", &service);
    await_error(&instance, "take Redis 6 or later, or Valkey");
}

#[test]
fn tls_takes_the_root_that_is_given() {
    let Some(plain) = RedisServer::start(&[]) else { return };
    let folder = plain.folder().to_owned();
    if !make_certificates(&folder) {
        left_out("tls_takes_the_root_that_is_given: there is no `openssl` in PATH");
        return;
    }
    let file = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let port = free_port().to_string();
    let (certificate, key, root) = (file("server.crt"), file("server.key"), file("root.crt"));
    let arguments = [
        "--tls-port",
        &port,
        "--tls-cert-file",
        &certificate,
        "--tls-key-file",
        &key,
        "--tls-ca-cert-file",
        &root,
        "--tls-auth-clients",
        "no",
    ];
    let Some(_server) = RedisServer::start(&arguments) else { return };
    let service = Arc::<Service>::default();
    let redis = Redis::new(&format!("rediss://localhost:{port}")).unwrap();
    let begin = |redis: Redis, domain: &str| {
        let options = redis.namespace("shop/test").unwrap().domain(domain).unwrap();
        Instance::begin_with(options, config(), &service)
    };
    let pem = std::fs::read(&root).unwrap();
    await_joined(&[begin(redis.clone().root_certificate(pem).unwrap(), "eu-1")]);
    await_error(&begin(redis.clone(), "eu-2"), "certificate");
    assert!(redis.root_certificate("no certificate").is_err());
}

/// Makes the certificate of an authority, and one of `localhost` that it has signed.
fn make_certificates(folder: &std::path::Path) -> bool {
    let run = |arguments: &str| {
        let mut command = Command::new("openssl");
        command.args(arguments.split(' ')).current_dir(folder);
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success())
    };
    std::fs::write(folder.join("names"), "subjectAltName=DNS:localhost").unwrap();
    let key = "req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes";
    run(&format!("{key} -x509 -days 2 -subj /CN=root -keyout root.key -out root.crt"))
        && run(&format!("{key} -subj /CN=localhost -keyout server.key -out server.csr"))
        && run("x509 -req -in server.csr -CA root.crt -CAkey root.key -CAcreateserial -days 2 \
                -extfile names -out server.crt")
}

#[test]
fn unix_socket_is_an_address_too() {
    let socket = std::env::temp_dir().join(format!("breaker-{}.sock", std::process::id()));
    let socket = socket.to_str().unwrap();
    let Some(server) = RedisServer::start(&["--unixsocket", socket]) else { return };
    let service = Arc::<Service>::default();
    await_joined(&[Instance::begin(&format!("unix://{socket}"), "eu-1", &service)]);
    let live: u32 = server.connection().zcard("{bb:v1:shop/test}:live").unwrap();
    assert_eq!(live, 1);
}
