//! Answers: their headers, and the messages for requests that cannot be answered.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde::Serialize;

use crate::body::Body;

/// The headers of every answer. Figures hold for this moment, so nobody stores them. No figure is a
/// document, so a browser that shows an answer runs nothing in it.
const HEADERS: [(HeaderName, &str); 6] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

const JSON: &str = "application/json";

pub(crate) fn headers(content_type: &'static str) -> HeaderMap {
    let fixed = HEADERS.map(|(name, value)| (name, HeaderValue::from_static(value)));
    let mut headers = HeaderMap::from_iter(fixed);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers
}

/// Returns an answer with a length.
pub(crate) fn whole(
    status: StatusCode,
    content_type: &'static str,
    bytes: Bytes,
) -> Response<Body> {
    let mut headers = headers(content_type);
    headers.insert(header::CONTENT_LENGTH, bytes.len().into());
    with(status, headers, Body::whole(bytes))
}

pub(crate) fn with(status: StatusCode, headers: HeaderMap, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

pub(crate) fn json(value: &impl Serialize) -> Response<Body> {
    whole(StatusCode::OK, JSON, to_json(value).into())
}

/// Writes a value as JSON. This cannot fail for the page's values: all keys of maps are text.
pub(crate) fn to_json(value: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(value).unwrap_or_default()
}

/// Removes the body and keeps its length: the answer to `HEAD`.
pub(crate) fn head(response: Response<Body>) -> Response<Body> {
    response.map(|_| Body::whole(Bytes::new()))
}

/// The reason why a request gets no answer, after RFC 9457.
#[derive(Debug, Serialize)]
pub(crate) struct Problem {
    #[serde(serialize_with = "number")]
    status: StatusCode,
    title: &'static str,
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    /// The methods that exist here.
    #[serde(skip)]
    allow: Option<&'static str>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde asks for it")]
fn number<S: serde::Serializer>(status: &StatusCode, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u16(status.as_u16())
}

impl Problem {
    pub(crate) fn new(status: StatusCode, detail: impl Into<String>) -> Self {
        let title = status.canonical_reason().unwrap_or_default();
        Problem { status, title, detail: detail.into(), help: None, allow: None }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        let help = help.into();
        self.help = (!help.is_empty()).then_some(help);
        self
    }

    pub(crate) fn not_found(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, detail)
    }

    pub(crate) fn method(allow: &'static str, detail: impl Into<String>) -> Self {
        let problem = Self::new(StatusCode::METHOD_NOT_ALLOWED, detail);
        Problem { allow: Some(allow), ..problem }
    }

    pub(crate) fn busy(detail: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, detail)
    }

    pub(crate) fn into_response(self) -> Response<Body> {
        let bytes = to_json(&self);
        let mut response = whole(self.status, "application/problem+json", bytes.into());
        let headers = response.headers_mut();
        if let Some(allow) = self.allow {
            headers.insert(header::ALLOW, HeaderValue::from_static(allow));
        }
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}

/// Shortens a client's text for a message, and escapes invisible characters.
pub(crate) fn shown(text: &str) -> String {
    const MOST: usize = 60;
    let short: String = text.chars().take(MOST).collect();
    let dots = if short.len() < text.len() { "…" } else { "" };
    format!("`{}{dots}`", short.escape_debug())
}
