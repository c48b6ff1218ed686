//! The cryptography of TLS.

use rustls::crypto::{CryptoProvider, ring};

/// Makes sure that the process has a provider: the client takes the process's, and panics if there
/// is none and several are possible.
pub(crate) fn provide() {
    if CryptoProvider::get_default().is_none() {
        // Another provider may be there meanwhile.
        let _ = ring::default_provider().install_default();
    }
}
