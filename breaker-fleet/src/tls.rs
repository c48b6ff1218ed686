//! The cryptography of TLS.

use rustls::crypto::{CryptoProvider, ring};

/// Makes sure that the process has a provider: the client takes that of the process, and panics if
/// there is none and several could be.
pub(crate) fn provide() {
    if CryptoProvider::get_default().is_none() {
        // Somebody else may have been quicker.
        let _ = ring::default_provider().install_default();
    }
}
