//! The errors of options.

use std::fmt;

/// The error of an option.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OptionsError {
    /// The URL names no server.
    Url {
        /// The URL, without its password.
        url: String,
        /// The fault in the URL.
        found: String,
    },
    /// The URL asks for TLS, and the feature `tls` is off.
    NoTls {
        /// The URL, without its password.
        url: String,
    },
    /// The root certificate cannot be used.
    Certificate {
        /// The URL, without its password.
        url: String,
        /// The fault in the certificate.
        found: String,
    },
    /// The namespace breaks the rule.
    Namespace(String),
    /// The domain breaks the rule.
    Domain(String),
}

impl fmt::Display for OptionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = |f: &mut fmt::Formatter<'_>, what, value: &str, example| {
            write!(
                f,
                "`{}` is no {what}: write 1 to 200 bytes without white space, control characters \
                 and braces, such as `{example}`",
                value.escape_debug()
            )
        };
        match self {
            Self::Url { url, found } => {
                write!(f, "`{url}` is no URL of a server: {found}; write `redis://host:port`")
            }
            Self::NoTls { url } => write!(
                f,
                "`{url}` asks for TLS; turn on the feature `tls` of `breaker-fleet`, which is \
                 `fleet-tls` of `breakerbox`"
            ),
            Self::Certificate { url, found } => write!(
                f,
                "the root certificate for `{url}` cannot be used: {found}; give certificates as PEM, \
                 and a URL that begins with `rediss://`"
            ),
            Self::Namespace(value) => word(f, "namespace", value, "shop/prod"),
            Self::Domain(value) => word(f, "domain", value, "eu-west-1a"),
        }
    }
}

impl std::error::Error for OptionsError {}
