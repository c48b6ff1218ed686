//! The domain of an instance that gives none.

use std::hash::{BuildHasher, Hasher, RandomState};

use crate::redis::keys::is_word;

/// Returns the host's name, or a random text if no name fits, so that the instance is a domain of
/// its own.
pub(crate) fn of_host() -> String {
    host()
        .filter(|name| is_word(name))
        .unwrap_or_else(|| format!("nameless-{:016x}", RandomState::new().build_hasher().finish()))
}

#[cfg(unix)]
fn host() -> Option<String> {
    Some(rustix::system::uname().nodename().to_str().ok()?.to_owned())
}

#[cfg(not(unix))]
fn host() -> Option<String> {
    std::env::var("COMPUTERNAME").ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn host_is_a_domain() {
        let domain = super::of_host();
        assert!(super::is_word(&domain), "{domain}");
        assert_eq!(domain, super::of_host(), "the same each time");
    }
}
