//! Answers whose bodies can be watched.

use ::http::Response;
use breaker_core::{Outcome, Verdict};
use http_body::Body;

use super::body::GuardedBody;
use super::events::Events;
use super::response::HttpResponse;
use crate::judge::{Judge, Trailers};
use crate::layer::BoxError;
use crate::permit::{AnyPermit, Held};
use crate::watch::{Watch, Watched};

/// An answer whose body can be watched: [`http::Response`], and with the feature `reqwest` also
/// `reqwest::Response`. Sealed.
pub trait WatchBody: HttpResponse + sealed::Sealed {
    /// The answer with a [`GuardedBody`].
    type Guarded;

    /// Returns true if the body has ended.
    #[doc(hidden)]
    fn is_at_end(&self) -> bool;

    #[doc(hidden)]
    fn guard(self, permit: Option<AnyPermit>, watched: Watched, end: Trailers) -> Self::Guarded;
}

mod sealed {
    /// The supertrait that no other crate can name.
    pub trait Sealed {}

    impl<B> Sealed for http::Response<B> {}

    #[cfg(feature = "reqwest")]
    impl Sealed for reqwest::Response {}
}

impl<B: Body<Error: Into<BoxError>>> WatchBody for Response<B> {
    type Guarded = Response<GuardedBody<B>>;

    fn is_at_end(&self) -> bool {
        self.body().is_end_stream()
    }

    fn guard(self, permit: Option<AnyPermit>, watched: Watched, end: Trailers) -> Self::Guarded {
        let events = Events::of(self.headers());
        self.map(|body| GuardedBody::new(body, permit, watched, end, events))
    }
}

/// The answer keeps its type, with the guarded body inside.
#[cfg(feature = "reqwest")]
impl WatchBody for reqwest::Response {
    type Guarded = reqwest::Response;

    fn is_at_end(&self) -> bool {
        self.content_length() == Some(0)
    }

    fn guard(self, permit: Option<AnyPermit>, watched: Watched, end: Trailers) -> Self {
        use reqwest::ResponseBuilderExt;

        let url = self.url().clone();
        let response = Response::<reqwest::Body>::from(self);
        let (mut parts, body) = response.guard(permit, watched, end).into_parts();
        // The URL travels as an extension, which only a builder can make.
        if let Ok(with_url) = Response::builder().url(url).body(()) {
            parts.extensions.extend(with_url.into_parts().0.extensions);
        }
        Response::from_parts(parts, reqwest::Body::wrap(body)).into()
    }
}

impl<R: WatchBody, Error> Watch<R, Error> for Watched {
    type Response = R::Guarded;

    fn at_head<J: Judge<R, Error>>(
        &self,
        result: Result<&R, &Error>,
        judge: &J,
    ) -> Option<Verdict> {
        let verdict = judge.judge(result);
        match result {
            // Nobody needs to read the body of a refusal, and the refusal answers a probe.
            Ok(response)
                if verdict.outcome() == Outcome::Success && response.status().is_success() =>
            {
                response.is_at_end().then(|| judge.trailers(response).judge(None))
            }
            _ => Some(verdict),
        }
    }

    fn hand_on<P: Held, J: Judge<R, Error>>(
        self,
        response: R,
        permit: Option<P>,
        judge: &J,
    ) -> R::Guarded {
        let end = judge.trailers(&response);
        response.guard(permit.map(Held::into_any), self, end)
    }
}
