//! Hosts as keys.

use ::http::Request;

use crate::key::Key;

/// Takes the host of a request as its key, see [`by_host`].
#[derive(Clone, Copy, Debug, Default)]
pub struct ByHost;

/// Gives each host (with its port, if the URI has one) a breaker of its own. A request whose URI
/// has no host goes through the name's own breaker.
///
/// ```
/// use breaker_core::Config;
/// use breaker_tower::BreakerLayer;
/// use breaker_tower::http::by_host;
///
/// let layer = BreakerLayer::named("webhooks", Config::builder().threshold(3))?.key(by_host());
/// # let _ = layer;
/// # Ok::<(), breaker_core::RegistryError>(())
/// ```
#[must_use]
pub fn by_host() -> ByHost {
    ByHost
}

impl<'r, B: 'r> Key<'r, Request<B>> for ByHost {
    type Text = &'r str;

    #[inline]
    fn key(&self, request: &'r Request<B>) -> Option<&'r str> {
        // Drops the password that an authority may have.
        let authority = request.uri().authority()?.as_str();
        Some(authority.rsplit_once('@').map_or(authority, |(_, host)| host))
    }
}

#[cfg(feature = "reqwest")]
impl<'r> Key<'r, reqwest::Request> for ByHost {
    type Text = &'r str;

    #[inline]
    fn key(&self, request: &'r reqwest::Request) -> Option<&'r str> {
        let authority = request.url().authority();
        let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
        (!host.is_empty()).then_some(host)
    }
}
