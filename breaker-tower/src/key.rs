//! Keys of requests.

/// Chooses the breaker of a request under the layer's name, for example by host, model or tenant.
///
/// Each function from `&Request` to an `Option` of text is a key. `None` means the name's own
/// breaker. A closure can return owned text or a `&'static str`; to return a part of the request
/// without a copy, write a function:
///
/// ```
/// use breaker_tower::BreakerLayer;
/// use breaker_core::Config;
///
/// struct Request { model: String }
///
/// fn model(request: &Request) -> Option<&str> {
///     Some(&request.model)
/// }
///
/// let layer = BreakerLayer::named("llm-by-model", Config::new())?.key(model);
/// # Ok::<(), breaker_core::RegistryError>(())
/// ```
pub trait Key<'r, Request> {
    /// The text of the key.
    type Text: AsRef<str>;

    /// Returns the key of a request.
    fn key(&self, request: &'r Request) -> Option<Self::Text>;
}

impl<'r, Request, F, Text> Key<'r, Request> for F
where
    Request: 'r,
    F: Fn(&'r Request) -> Option<Text>,
    Text: AsRef<str>,
{
    type Text = Text;

    #[inline]
    fn key(&self, request: &'r Request) -> Option<Text> {
        self(request)
    }
}
