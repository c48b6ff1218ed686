//! The ways in which a user ends a program.

use std::future::pending;

/// Waits for Ctrl-C, or a polite request to end (`SIGTERM`).
///
/// # Cancel safety
/// Dropping this loses nothing, but from then on the signals no longer end the program.
pub async fn interrupt() {
    #[cfg(unix)]
    let terminated = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => signal.recv().await,
            Err(_) => pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminated = pending::<Option<()>>();
    tokio::select! {
        Ok(()) = tokio::signal::ctrl_c() => {}
        _ = terminated => {}
    }
}
