//! The choice of what is shared, with whom, and where.

use std::fmt;
use std::time::Duration;

use breaker_core::Registry;
use breaker_core::link::Choice;
use breaker_core::shared::LONGEST;
use redis::Client;
use tokio::runtime::Handle;

use crate::domain;
use crate::error::OptionsError;
use crate::fleet::Fleet;
use crate::redis::keys::is_word;
use crate::url::Url;

/// A server that keeps what instances share: Redis 6 or later, or Valkey.
///
/// ```no_run
/// use breaker_core::Registry;
/// use breaker_fleet::Redis;
///
/// let fleet = Redis::new("redis://cache:6379")? // parses, does not connect
///     .namespace("shop/prod")? // who shares a name shares its fate
///     .join(&Registry::global());
/// println!("{}", fleet.status());
/// # Ok::<_, breaker_fleet::OptionsError>(())
/// ```
#[derive(Clone)]
#[must_use = "nothing is shared before `join`"]
pub struct Redis {
    url: Url,
    pub(crate) client: Client,
}

impl Redis {
    /// Takes a server by its URL: `redis://user:password@host:port/database`, of which only the
    /// host is needed, `rediss://` for TLS (feature `tls`), or
    /// `unix:///path?db=0&user=...&pass=...`. User and password are percent-encoded.
    ///
    /// # Errors
    /// The text is no such URL, or one of TLS without that feature. The error never shows a
    /// password.
    pub fn new(url: &str) -> Result<Self, OptionsError> {
        let url = Url::parse(url)?;
        Ok(Self { client: url.client()?, url })
    }

    /// Trusts these certificates of authorities, as PEM, instead of those of the system.
    ///
    /// # Errors
    /// The text has no certificate in it, or the URL is not one of TLS.
    #[cfg(feature = "tls")]
    pub fn root_certificate(mut self, pem: impl Into<Vec<u8>>) -> Result<Self, OptionsError> {
        self.client = self.url.client_with_root(pem.into())?;
        Ok(self)
    }

    /// Shares with whoever gives this namespace: the name of a service and where it runs, say. 1 to
    /// 200 bytes, without white space, control characters and braces.
    ///
    /// # Errors
    /// The text breaks that rule.
    pub fn namespace(self, namespace: impl Into<String>) -> Result<Options, OptionsError> {
        let namespace = namespace.into();
        if !is_word(&namespace) {
            return Err(OptionsError::Namespace(namespace));
        }
        Ok(Options {
            redis: self,
            namespace,
            domain: None,
            quorum: None,
            spread: None,
            choice: Choice::default(),
            runtime: None,
        })
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redis").field("url", &self.url.shown()).finish_non_exhaustive()
    }
}

/// A way to join: [`Redis::namespace`] begins it.
#[must_use = "nothing is shared before `join`"]
pub struct Options {
    pub(crate) redis: Redis,
    pub(crate) namespace: String,
    domain: Option<String>,
    pub(crate) quorum: Option<u16>,
    pub(crate) spread: Option<Duration>,
    pub(crate) choice: Choice,
    pub(crate) runtime: Option<Handle>,
}

impl Options {
    /// Sets the domain of this instance: all instances of one domain count as one witness of an
    /// outage. Without it, the domain is the host's name. Give the zone where zones fail as one.
    /// With one domain for all, each instance that trips opens all others. The rules are those of
    /// the namespace.
    ///
    /// # Errors
    /// The text breaks the rule.
    pub fn domain(mut self, domain: impl Into<String>) -> Result<Self, OptionsError> {
        let domain = domain.into();
        if !is_word(&domain) {
            return Err(OptionsError::Domain(domain));
        }
        self.domain = Some(domain);
        Ok(self)
    }

    /// Sets the number of domains that have to trip before all instances open; at least one.
    /// Without it, a tenth of the domains that are alive, at least two and at most ten; or one, if
    /// only one domain is alive.
    pub fn quorum(mut self, domains: u16) -> Self {
        self.quorum = Some(domains.max(1));
        self
    }

    /// Sets the time over which instances close at random after a probe has succeeded, so that not
    /// all of them call the service at once. Without it, a tenth of the cooldown, 2 s at most. Zero
    /// closes all at once; more than a day counts as a day.
    pub fn spread(mut self, spread: Duration) -> Self {
        self.spread = Some(spread.min(LONGEST));
        self
    }

    /// Shares only breakers whose name `only` accepts; of a breaker by key, the name without the
    /// key. `only` is called when a breaker is made, and must not call breakers.
    pub fn only(mut self, only: impl Fn(&str) -> bool + Send + Sync + 'static) -> Self {
        self.choice.set_only(only);
        self
    }

    /// Shares also the breakers of functions that give no `name`. Their name is the path of the
    /// function, and changes when somebody moves it.
    pub fn default_names(mut self) -> Self {
        self.choice.add_default_names();
        self
    }

    /// Runs on this runtime, which needs its drivers of time and input. Without it, a thread is
    /// started that does not depend on the program's runtime.
    pub fn runtime(mut self, runtime: Handle) -> Self {
        self.runtime = Some(runtime);
        self
    }

    /// Shares the breakers of a registry, existing ones too. It neither waits nor fails: while
    /// there is no server, breakers work as they do without a fleet, and [`Fleet::status`] says
    /// why.
    ///
    /// A registry is joined once. The second time nothing changes, and the status is
    /// [`Store::Refused`](crate::Store::Refused).
    pub fn join(self, registry: &Registry) -> Fleet {
        Fleet::join(self, registry)
    }

    /// Returns the domain: the one given, or the host's name.
    pub(crate) fn domain_or_host(&self) -> String {
        self.domain.clone().unwrap_or_else(domain::of_host)
    }

    pub(crate) fn url(&self) -> &Url {
        &self.redis.url
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("redis", &self.redis)
            .field("namespace", &self.namespace)
            .field("domain", &self.domain)
            .field("quorum", &self.quorum)
            .field("spread", &self.spread)
            .field("choice", &self.choice)
            .field("runtime", &self.runtime.is_some())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_is_not_shown() {
        let redis = Redis::new("redis://user:secret@cache:6379/2").unwrap();
        let shown = format!("{redis:?} {:?}", redis.clone().namespace("shop").unwrap());
        assert!(shown.contains("redis://***@cache:6379/2") && !shown.contains("secret"), "{shown}");
    }

    #[test]
    fn namespace_and_domain_are_checked() {
        let redis = Redis::new("redis://cache").unwrap();
        let error = redis.clone().namespace("shop prod").err().map(|error| error.to_string());
        let said = "`shop prod` is no namespace: write 1 to 200 bytes without white space, control \
                    characters and braces, such as `shop/prod`";
        assert_eq!(error.as_deref(), Some(said));
        let error = redis.namespace("shop").unwrap().domain("").err();
        assert_eq!(error, Some(OptionsError::Domain(String::new())));
    }

    #[test]
    fn spread_is_a_day_at_most() {
        let options = Redis::new("redis://cache").unwrap().namespace("shop").unwrap();
        assert_eq!(options.spread(Duration::MAX).spread, Some(LONGEST));
    }
}
