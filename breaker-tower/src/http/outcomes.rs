//! Judges answers by their HTTP status.

use ::http::StatusCode;
use breaker_core::{Outcome, Verdict};

use super::response::HttpResponse;
use crate::judge::{Judge, of_error};

/// Judges answers by their HTTP status, see [`http_outcomes`].
#[derive(Clone, Copy, Debug, Default)]
pub struct HttpOutcomes {
    unauthorized_trips: bool,
    ignores_client_errors: bool,
}

/// Judges answers by their HTTP status, like Envoy and Polly.
///
/// | answer | outcome |
/// |---|---|
/// | 5xx, 408, 429 | failure |
/// | any other status | success: a 404 shows that the service is alive, and lets a half-open breaker close |
/// | an error of the inner service | failure |
/// | a rejection by a breaker further inside, see [`is_rejection`](crate::is_rejection) | ignored |
///
/// ```
/// use breaker_core::{Config, Outcome};
/// use breaker_tower::BreakerLayer;
/// use breaker_tower::http::{from_headers, http_outcomes};
/// use http::StatusCode;
///
/// let layer = BreakerLayer::named("search", Config::builder().failure_rate(0.5))?
///     .judge(http_outcomes())
///     .retry_after(from_headers());
/// # let _ = layer;
/// assert_eq!(http_outcomes().of_status(StatusCode::TOO_MANY_REQUESTS).outcome(), Outcome::Failure);
/// assert_eq!(http_outcomes().of_status(StatusCode::NOT_FOUND).outcome(), Outcome::Success);
/// # Ok::<(), breaker_core::RegistryError>(())
/// ```
#[must_use]
pub fn http_outcomes() -> HttpOutcomes {
    HttpOutcomes::default()
}

impl HttpOutcomes {
    /// Makes 401 and 403 failures that open the breaker at once: for an expired key or a used-up
    /// quota, with which later calls fail too.
    #[must_use]
    pub fn trip_if_unauthorized(mut self) -> Self {
        self.unauthorized_trips = true;
        self
    }

    /// Ignores each 4xx that is no failure. Such an answer then neither closes nor opens a
    /// half-open breaker.
    #[must_use]
    pub fn ignore_client_errors(mut self) -> Self {
        self.ignores_client_errors = true;
        self
    }

    /// Judges a status.
    #[must_use]
    pub fn of_status(&self, status: StatusCode) -> Verdict {
        match status {
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => Outcome::Failure.into(),
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if self.unauthorized_trips => {
                Verdict::from(Outcome::Failure).trip()
            }
            _ if status.is_server_error() => Outcome::Failure.into(),
            _ if status.is_client_error() && self.ignores_client_errors => Outcome::Ignored.into(),
            _ => Outcome::Success.into(),
        }
    }
}

impl<Response: HttpResponse, Error: 'static> Judge<Response, Error> for HttpOutcomes {
    #[inline]
    fn judge(&self, result: Result<&Response, &Error>) -> Verdict {
        match result {
            Ok(response) => self.of_status(response.status()),
            Err(error) => of_error(error),
        }
    }
}
