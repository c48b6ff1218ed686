//! Judges gRPC answers by their status.

use std::time::Duration;

use ::http::{HeaderMap, StatusCode};
use breaker_core::{Outcome, Verdict};

use super::response::HttpResponse;
use crate::judge::{Judge, Trailers, of_error};

const UNKNOWN: u32 = 2;
const DEADLINE_EXCEEDED: u32 = 4;
const PERMISSION_DENIED: u32 = 7;
const RESOURCE_EXHAUSTED: u32 = 8;
const INTERNAL: u32 = 13;
const UNAVAILABLE: u32 = 14;
const UNAUTHENTICATED: u32 = 16;

/// The number of codes: 0 to 16.
const CODES: u32 = 17;

/// Judges answers by their gRPC status, see [`grpc_outcomes`].
#[derive(Clone, Copy, Debug)]
pub struct GrpcOutcomes {
    /// The codes that are failures, a bit for each.
    failures: u32,
    unauthenticated_trips: bool,
}

/// Judges answers by their gRPC status.
///
/// | answer | outcome |
/// |---|---|
/// | `Unavailable`, `DeadlineExceeded`, `ResourceExhausted`, `Internal`, or the codes given to [`failures`](GrpcOutcomes::failures) | failure |
/// | any other status | success |
/// | HTTP 429, 502, 503 or 504 without a gRPC status, from a proxy | failure |
/// | a body that ends without a status | failure: the service broke off |
/// | an error of the inner service | failure; ignored if it is a [rejection](crate::is_rejection) by a breaker further inside |
///
/// An answer that is only an error has its status in the headers; any other answer has it in the
/// trailers. Trailers are read if the layer watches the body:
/// [`.body(Until::End)`](crate::BreakerLayer::body). Otherwise an answer without a status in its
/// headers is a success.
///
/// A failure with `grpc-retry-pushback-ms` asks for that cooldown.
///
/// ```
/// use breaker_core::Config;
/// use breaker_tower::http::grpc_outcomes;
/// use breaker_tower::{BreakerLayer, Until};
///
/// let layer = BreakerLayer::named("inventory", Config::builder().threshold(3))?
///     .judge(grpc_outcomes())
///     .body(Until::End);
/// # let _ = layer;
/// # Ok::<(), breaker_core::RegistryError>(())
/// ```
#[must_use]
pub fn grpc_outcomes() -> GrpcOutcomes {
    let none = GrpcOutcomes { failures: 0, unauthenticated_trips: false };
    none.failures([DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, INTERNAL, UNAVAILABLE])
}

impl GrpcOutcomes {
    /// Makes the statuses with these codes failures, instead of the default four. A code that gRPC
    /// does not know is `Unknown`, 2.
    ///
    /// ```
    /// use breaker_core::Outcome;
    /// use breaker_tower::http::grpc_outcomes;
    ///
    /// // `Unavailable` and `Aborted`
    /// let judge = grpc_outcomes().failures([14, 10]);
    /// assert_eq!(judge.of_code(10).outcome(), Outcome::Failure);
    /// assert_eq!(judge.of_code(13).outcome(), Outcome::Success);
    /// ```
    #[must_use]
    pub fn failures(mut self, codes: impl IntoIterator<Item = u32>) -> Self {
        self.failures = codes.into_iter().fold(0, |bits, code| bits | 1 << known(code));
        self
    }

    /// Makes `Unauthenticated` and `PermissionDenied` failures that open the breaker at once.
    #[must_use]
    pub fn trip_if_unauthenticated(mut self) -> Self {
        self.unauthenticated_trips = true;
        self
    }

    /// Judges a status by its code. A code that gRPC does not know is `Unknown`.
    #[must_use]
    pub fn of_code(&self, code: u32) -> Verdict {
        match known(code) {
            UNAUTHENTICATED | PERMISSION_DENIED if self.unauthenticated_trips => {
                Verdict::from(Outcome::Failure).trip()
            }
            code if self.failures & 1 << code != 0 => Outcome::Failure.into(),
            _ => Outcome::Success.into(),
        }
    }

    /// Judges the end of a body.
    pub(crate) fn judge_end(self, trailers: Option<&HeaderMap>) -> Verdict {
        match trailers {
            Some(trailers) => self.of_map(trailers).unwrap_or(Outcome::Failure.into()),
            None => Outcome::Failure.into(),
        }
    }

    /// Judges by the headers or the trailers, if the status is in them.
    fn of_map(self, map: &HeaderMap) -> Option<Verdict> {
        let status = map.get("grpc-status")?.to_str().ok();
        // An unreadable code is `Unknown`, too.
        let code = status.and_then(|code| code.trim().parse().ok()).unwrap_or(UNKNOWN);
        let verdict = self.of_code(code);
        if verdict.outcome() != Outcome::Failure {
            return Some(verdict);
        }
        Some(match pushback(map) {
            Some(length) => verdict.retry_after(length),
            None => verdict,
        })
    }
}

fn known(code: u32) -> u32 {
    if code < CODES { code } else { UNKNOWN }
}

/// Returns the time for which the server asks not to be called. A negative number forbids a
/// repetition of this call, and says nothing about other calls.
fn pushback(map: &HeaderMap) -> Option<Duration> {
    let text = map.get("grpc-retry-pushback-ms")?.to_str().ok()?;
    text.trim().parse().ok().map(Duration::from_millis)
}

/// Returns true if gRPC reads this HTTP status as `Unavailable` when there is no gRPC status: its
/// specification says so for answers of proxies.
fn is_unavailable(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TOO_MANY_REQUESTS
            | StatusCode::BAD_GATEWAY
            | StatusCode::SERVICE_UNAVAILABLE
            | StatusCode::GATEWAY_TIMEOUT
    )
}

impl<Response: HttpResponse, Error: 'static> Judge<Response, Error> for GrpcOutcomes {
    fn judge(&self, result: Result<&Response, &Error>) -> Verdict {
        let response = match result {
            Ok(response) => response,
            Err(error) => return of_error(error),
        };
        self.of_map(response.headers()).unwrap_or_else(|| {
            if is_unavailable(response.status()) {
                Outcome::Failure.into()
            } else {
                Outcome::Success.into()
            }
        })
    }

    fn trailers(&self, response: &Response) -> Trailers {
        // An answer that is not gRPC's has no trailers either.
        let is_judged =
            response.headers().contains_key("grpc-status") || response.status() != StatusCode::OK;
        if is_judged { Trailers::UNREAD } else { Trailers(Some(*self)) }
    }
}
