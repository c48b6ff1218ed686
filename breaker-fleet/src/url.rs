//! The URL of a server, which may have a password in it that nobody is to see.

use redis::{Client, ConnectionInfo, IntoConnectionInfo, ProtocolVersion};

use crate::error::OptionsError;

/// The URL of a server.
#[derive(Clone)]
pub(crate) struct Url {
    info: ConnectionInfo,
    shown: String,
}

impl Url {
    pub(crate) fn parse(url: &str) -> Result<Self, OptionsError> {
        let shown = shown(url);
        if !cfg!(feature = "tls") && is_tls(url) {
            return Err(OptionsError::NoTls { url: shown });
        }
        let info = match url.into_connection_info() {
            Ok(info) => info,
            Err(error) => {
                let found = error.to_string();
                // The client's words are followed by its own kind of error, which says nothing here.
                let found = found.split(" - ").next().unwrap_or_default().to_owned();
                return Err(OptionsError::Url { url: shown, found });
            }
        };
        // News come on the connection of the commands, which takes RESP3. The client's introduction
        // of itself would take one more right of the server's user.
        let settings = info.redis_settings().clone();
        let settings = settings.set_protocol(ProtocolVersion::RESP3).set_skip_set_lib_name();
        Ok(Self { info: info.set_redis_settings(settings), shown })
    }

    /// Returns the URL without its password.
    pub(crate) fn shown(&self) -> &str {
        &self.shown
    }

    pub(crate) fn client(&self) -> Result<Client, OptionsError> {
        let refused = |error: redis::RedisError| OptionsError::Url {
            url: self.shown.clone(),
            found: error.to_string(),
        };
        Client::open(self.info.clone()).map_err(refused)
    }

    #[cfg(feature = "tls")]
    pub(crate) fn client_with_root(&self, pem: Vec<u8>) -> Result<Client, OptionsError> {
        let has_one = pem.windows(BEGIN.len()).any(|window| window == BEGIN);
        let refused = |found: String| OptionsError::Certificate { url: self.shown.clone(), found };
        if !has_one {
            return Err(refused("the text has no certificate in it".to_owned()));
        }
        let certificates = redis::TlsCertificates { client_tls: None, root_cert: Some(pem) };
        Client::build_with_tls(self.info.clone(), certificates)
            .map_err(|error| refused(error.to_string()))
    }

    /// Returns whether connections are by TLS.
    #[cfg(feature = "tls")]
    pub(crate) fn is_tls(&self) -> bool {
        matches!(self.info.addr(), redis::ConnectionAddr::TcpTls { .. })
    }
}

#[cfg(feature = "tls")]
const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";

fn is_tls(url: &str) -> bool {
    ["rediss://", "valkeys://"].iter().any(|scheme| {
        url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    })
}

/// Returns the URL without what may be a user, a password, or a query with one. The text may be no
/// URL at all, so everything before the last `@` is left out.
fn shown(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").map_or(("", url), |(scheme, rest)| (scheme, rest));
    let (scheme, rest) = if scheme.contains('@') { ("", url) } else { (scheme, rest) };
    let separator = if scheme.is_empty() { "" } else { "://" };
    let (secret, rest) = rest.rsplit_once('@').map_or(("", rest), |(_, rest)| ("***@", rest));
    let (rest, query) = rest.split_once('?').map_or((rest, ""), |(rest, _)| (rest, "?***"));
    format!("{scheme}{separator}{secret}{rest}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn password_is_never_shown() {
        for (url, expected) in [
            ("redis://cache:6379/2", "redis://cache:6379/2"),
            ("redis://:secret@cache", "redis://***@cache"),
            ("redis://user:secret@cache:1", "redis://***@cache:1"),
            ("redis://user:se@cr?et@cache:1", "redis://***@cache:1"),
            ("redis://user:se/cret@cache:1", "redis://***@cache:1"),
            ("unix:///run/redis?db=1&pass=secret", "unix:///run/redis?***"),
            ("unix:///run/redis?pass=se@secret", "unix://***@secret"),
            ("user:secret@cache", "***@cache"),
            ("a:secret@b://c", "***@b://c"),
        ] {
            assert_eq!(shown(url), expected);
            if expected.contains("***@cache") {
                assert!(!expected.contains("secret"));
            }
        }
    }

    #[test]
    fn errors_name_the_url_what_was_found_and_the_remedy() {
        for (url, said) in [
            (
                "cache:6379",
                "`cache:6379` is no URL of a server: Redis URL did not parse; \
                 write `redis://host:port`",
            ),
            (
                "http://:secret@cache",
                "`http://***@cache` is no URL of a server: Redis URL did not parse; \
                 write `redis://host:port`",
            ),
            (
                "redis://u:secret@cache/x",
                "`redis://***@cache/x` is no URL of a server: Invalid database number; \
                 write `redis://host:port`",
            ),
        ] {
            assert_eq!(Url::parse(url).err().map(|error| error.to_string()).as_deref(), Some(said));
        }
    }

    #[cfg(not(feature = "tls"))]
    #[test]
    fn tls_without_its_feature_is_refused() {
        let error = Url::parse("REDISS://u:secret@cache").err().map(|error| error.to_string());
        let said = "`REDISS://***@cache` asks for TLS; turn on the feature `tls` of `breaker-fleet`, \
                    which is `fleet-tls` of `breakerbox`";
        assert_eq!(error.as_deref(), Some(said));
    }
}
