//! The parts of an answer that the presets read.

use ::http::{HeaderMap, Response, StatusCode};

/// An HTTP answer: [`http::Response`], and with the feature `reqwest` also `reqwest::Response`.
pub trait HttpResponse {
    /// The status.
    fn status(&self) -> StatusCode;

    /// The headers.
    fn headers(&self) -> &HeaderMap;
}

impl<B> HttpResponse for Response<B> {
    #[inline]
    fn status(&self) -> StatusCode {
        self.status()
    }

    #[inline]
    fn headers(&self) -> &HeaderMap {
        self.headers()
    }
}

#[cfg(feature = "reqwest")]
impl HttpResponse for reqwest::Response {
    #[inline]
    fn status(&self) -> StatusCode {
        self.status()
    }

    #[inline]
    fn headers(&self) -> &HeaderMap {
        self.headers()
    }
}
