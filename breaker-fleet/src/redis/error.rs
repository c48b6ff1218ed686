//! Why the store has not done what it was asked to.

use std::fmt;

use redis::{ErrorKind, RedisError, ServerErrorKind};

/// Why the store has not done what it was asked to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum StoreError {
    /// The store cannot be used at this moment: no answer, no connection, or a server that says so.
    Silent(String),
    /// The store has refused this act or this record. It may do others.
    Refused(String),
}

/// Codes of a server that cannot work for anybody at this moment.
const UNWELL: [&str; 9] = [
    "LOADING",
    "BUSY",
    "MASTERDOWN",
    "READONLY",
    "OOM",
    "MISCONF",
    "NOREPLICAS",
    "CLUSTERDOWN",
    "TRYAGAIN",
];

impl From<RedisError> for StoreError {
    fn from(error: RedisError) -> Self {
        match error.code() {
            Some("WRONGPASS") => {
                return Self::Silent(
                    "the server refuses the user or the password of the URL".into(),
                );
            }
            Some("NOAUTH") => {
                return Self::Silent("the server wants a password; write it into the URL".into());
            }
            _ => {}
        }
        match error.kind() {
            ErrorKind::RESP3NotSupported => Self::Silent(
                "the server does not know RESP3; take Redis 6 or later, or Valkey".to_owned(),
            ),
            ErrorKind::Server(ServerErrorKind::NoPerm) => Self::Refused(format!(
                "{error}; the README of breaker-fleet has the ACL of its user"
            )),
            ErrorKind::Server(_) | ErrorKind::Extension
                if !error.code().is_some_and(|code| UNWELL.contains(&code)) =>
            {
                Self::Refused(error.to_string())
            }
            _ if error.is_timeout() => Self::Silent("no answer within 500 ms".to_owned()),
            _ => Self::Silent(error.to_string()),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Silent(text) | Self::Refused(text)) = self;
        f.write_str(text)
    }
}
