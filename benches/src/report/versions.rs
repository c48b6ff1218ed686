//! The versions that were measured: those of the lock file.

const LOCK: &str = include_str!("../../Cargo.lock");

/// A peer with its version, if it is a package.
pub(super) fn named(peer: &str) -> String {
    match of(peer) {
        Some(version) => format!("{peer} {version}"),
        None => peer.to_owned(),
    }
}

pub(super) fn of(package: &str) -> Option<&'static str> {
    let start = format!("[[package]]\nname = \"{package}\"\nversion = \"");
    let (_, rest) = LOCK.split_once(&start)?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn version_is_that_of_the_lock_file() {
        assert_eq!(named("no such package"), "no such package");
        assert!(of("breakerbox").is_some_and(|version| version.starts_with("0.")));
    }
}
