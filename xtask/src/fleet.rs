//! The tests of `breaker-fleet`, with a real server.

use crate::cargo::{self, Failure, cargo};
use crate::debian;

const TESTS: &str = "test -p fleet-check -p breaker-fleet";

/// This variable sets how many random histories compare the scripts with the shared step.
const HISTORIES: &str = "FLEET_HISTORIES";

/// Runs the tests. They fail if there is no server.
pub(crate) fn test() -> Result<(), Failure> {
    debian::install(&["redis-server"], &["redis-server"])?;
    println!("== fleet-tests: BREAKER_REDIS=\"required\" {HISTORIES}=\"3000\" cargo {TESTS}");
    cargo::run(cargo(TESTS).env("BREAKER_REDIS", "required").env(HISTORIES, "3000"))
}
