//! The host names that the page answers to.
//!
//! No other site can read a page on this machine, unless that site makes its own name lead here
//! (DNS rebinding). Then the browser sends requests to this page, and shows that site the answers.
//! Such requests carry the site's name as their host. An address as the host is no danger: only a
//! name can be made to lead elsewhere.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use http::header::{HOST, HeaderValue, ORIGIN};
use http::request::Parts;
use http::uri::Authority;
use http::{StatusCode, Version};

use crate::answer::{Problem, shown};

/// The hosts that a page answers to.
#[derive(Clone, Debug, Default)]
pub(crate) enum Hosts {
    /// The program has set nothing: readers may use any host, and actions need an address.
    #[default]
    Unnamed,
    /// The page is served on the loopback interface: no other machine can ask for it.
    #[cfg_attr(not(feature = "server"), allow(dead_code, reason = "only a server knows it"))]
    Loopback,
    /// The names that the program has given, in lower case, and addresses.
    Named(Arc<[String]>),
    Any,
}

impl Hosts {
    pub(crate) fn named<N: Into<String>>(names: impl IntoIterator<Item = N>) -> Self {
        let plain = |name: N| {
            let name = name.into().to_ascii_lowercase();
            let host = name.split_once("://").map_or(&*name, |(_, host)| host);
            host.trim_end_matches('/').to_owned()
        };
        Hosts::Named(names.into_iter().map(plain).collect())
    }

    /// Checks the host of a request that reads.
    pub(crate) fn check_reader(&self, request: &Parts) -> Result<(), Problem> {
        match self {
            Hosts::Unnamed | Hosts::Any => Ok(()),
            Hosts::Loopback | Hosts::Named(_) => self.check(request),
        }
    }

    /// Checks the host of a request that acts, and its origin.
    pub(crate) fn check_actor(&self, request: &Parts) -> Result<(), Problem> {
        if let Hosts::Any = self {
            return Ok(());
        }
        self.check(request)?;
        self.check_origin(request)
    }

    fn check(&self, request: &Parts) -> Result<(), Problem> {
        let hosts = hosts(request)?;
        match hosts.iter().find(|host| !self.permits(host)) {
            None => Ok(()),
            Some(other) => Err(self.misdirected(other)),
        }
    }

    fn permits(&self, host: &Authority) -> bool {
        let name = name_of(host);
        let address = address_of(name);
        if is_localhost(name) || address.is_some_and(|it| it.to_canonical().is_loopback()) {
            return true;
        }
        match self {
            Hosts::Any => true,
            Hosts::Loopback => false,
            Hosts::Unnamed => address.is_some(),
            Hosts::Named(_) => address.is_some() || self.names(host),
        }
    }

    /// Returns true if the program has named this host, with its port or without one.
    fn names(&self, host: &Authority) -> bool {
        let Hosts::Named(names) = self else { return false };
        let whole = host.as_str().to_ascii_lowercase();
        let name = name_of(host).to_ascii_lowercase();
        names.iter().any(|it| *it == name || *it == whole)
    }

    fn misdirected(&self, host: &Authority) -> Problem {
        let host = shown(host.as_str());
        let detail = match self {
            Hosts::Loopback => format!("this page answers to `localhost` alone, not to {host}"),
            _ => format!("this page does not answer to {host}"),
        };
        let problem = Problem::new(StatusCode::MISDIRECTED_REQUEST, detail);
        problem.help("if that name is yours, the program names it by `Page::hosts`")
    }

    /// Checks that a request comes from the page itself, if the browser names its origin. A proxy
    /// may have put another host into the request; then the program must name the host that
    /// browsers see.
    fn check_origin(&self, request: &Parts) -> Result<(), Problem> {
        let Some(origin) = request.headers.get(ORIGIN) else { return Ok(()) };
        let of_page = authority_of_origin(origin).is_some_and(|origin| {
            let same = |host: &Authority| origin.as_str().eq_ignore_ascii_case(host.as_str());
            self.names(&origin) || hosts(request).is_ok_and(|hosts| hosts.iter().any(same))
        });
        if of_page {
            return Ok(());
        }
        let origin = shown(&String::from_utf8_lossy(origin.as_bytes()));
        let detail = format!("the request comes from another site: its origin is {origin}");
        let problem = Problem::new(StatusCode::FORBIDDEN, detail);
        Err(problem.help("behind a proxy that changes `Host`, name the site by `Page::hosts`"))
    }
}

/// Returns the hosts that a request names, in its address (HTTP/2, or to a proxy) and in its
/// header.
fn hosts(request: &Parts) -> Result<Vec<Authority>, Problem> {
    let bad = |detail: &str| {
        let problem = Problem::new(StatusCode::BAD_REQUEST, detail);
        problem.help("send one header `Host` with the host of the page's address")
    };
    let mut hosts: Vec<Authority> = request.uri.authority().cloned().into_iter().collect();
    let mut headers = request.headers.get_all(HOST).iter();
    if let Some(header) = headers.next() {
        let host = authority_of(header).ok_or_else(|| bad("the header `Host` is malformed"))?;
        hosts.push(host);
    }
    if headers.next().is_some() {
        return Err(bad("the header `Host` is there twice"));
    }
    // The header is new in HTTP/1.1, and no browser is older than that.
    if hosts.is_empty() && request.version > Version::HTTP_10 {
        return Err(bad("the header `Host` is missing"));
    }
    Ok(hosts)
}

fn authority_of(value: &HeaderValue) -> Option<Authority> {
    let authority: Authority = value.to_str().ok()?.parse().ok()?;
    // `user@host` belongs into no header. The parser does not check that a port is a number.
    let rest = authority.as_str().strip_prefix(authority.host())?;
    let has_sound_port = rest.is_empty() || authority.port_u16().is_some();
    (!authority.host().is_empty() && has_sound_port).then_some(authority)
}

fn authority_of_origin(origin: &HeaderValue) -> Option<Authority> {
    let (scheme, rest) = origin.to_str().ok()?.split_once("://")?;
    matches!(scheme, "http" | "https").then(|| rest.parse().ok()).flatten()
}

/// Returns the name without the port, and without the dot that may end a full name.
fn name_of(host: &Authority) -> &str {
    let name = host.host();
    name.strip_suffix('.').unwrap_or(name)
}

fn address_of(name: &str) -> Option<IpAddr> {
    match name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(inner) => inner.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
        None => name.parse().ok(),
    }
}

/// Returns true for `localhost` and the names below it, which lead to this machine (RFC 6761).
fn is_localhost(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name == "localhost" || name.ends_with(".localhost")
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn asked(hosts: &Hosts, host: &str) -> u16 {
        let (request, ()) = Request::get("/").header(HOST, host).body(()).unwrap().into_parts();
        let checked = hosts.check(&request);
        checked.map_or_else(|problem| problem.into_response().status().as_u16(), |()| 200)
    }

    #[test]
    fn loopback_permits_its_names_and_addresses_alone() {
        for host in [
            "localhost",
            "LocalHost:9464",
            "localhost.",
            "app.localhost:80",
            "127.0.0.1",
            "127.8.9.1:1",
            "[::1]",
            "[::1]:9464",
            "[0:0:0:0:0:0:0:1]",
            "[::ffff:127.0.0.1]:80",
        ] {
            assert_eq!(asked(&Hosts::Loopback, host), 200, "{host}");
        }
        for host in [
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example",
            "notlocalhost",
            "192.168.1.1",
            "0.0.0.0:9464",
            "[::]",
            "[::2]:9464",
            "::1",
            "127.1",
            "2130706433",
        ] {
            let refused = asked(&Hosts::Loopback, host);
            assert!(refused == 421 || (host == "::1" && refused == 400), "{host}: {refused}");
        }
        for host in ["", "a b", "user@localhost", "localhost:port", "[::1", "localhost/x", ":80"] {
            assert_eq!(asked(&Hosts::Loopback, host), 400, "{host}");
        }
    }

    #[test]
    fn named_hosts_are_permitted_with_any_port_or_their_own() {
        let hosts = Hosts::named(["https://Ops.Example.com/", "other.example:8443"]);
        for host in [
            "ops.example.com",
            "OPS.example.COM:9464",
            "ops.example.com.",
            "other.example:8443",
            "10.0.0.7:9464",
            "[fe80::1]",
            "localhost",
        ] {
            assert_eq!(asked(&hosts, host), 200, "{host}");
        }
        for host in ["example.com", "x.ops.example.com", "other.example", "other.example:1"] {
            assert_eq!(asked(&hosts, host), 421, "{host}");
        }
    }

    #[test]
    fn unnamed_permits_addresses_to_those_who_act() {
        assert_eq!(asked(&Hosts::Unnamed, "10.0.0.7:9464"), 200);
        assert_eq!(asked(&Hosts::Unnamed, "[2001:db8::1]"), 200);
        assert_eq!(asked(&Hosts::Unnamed, "evil.example"), 421);
    }
}
