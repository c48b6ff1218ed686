//! The layer and its builder methods.

use std::fmt;
use std::marker::PhantomData;

use breaker_core::{Config, ConfigBuilder, ConfigError, Name, RegistryError};
use tower_layer::Layer;

use crate::judge::{ByResult, Hinted};
use crate::permit::Holder;
use crate::service::BreakerService;
use crate::site::site;
use crate::supply::{Given, Keyed, Named};
use crate::watch::Head;
#[cfg(feature = "http")]
use crate::watch::{Until, Watched};

/// The error type of tower's own layers.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// A layer that puts a circuit breaker around a service.
///
/// ```
/// use breaker_core::Config;
/// use breaker_tower::{BoxError, BreakerLayer};
/// use tower::{Service, ServiceBuilder, ServiceExt, service_fn};
///
/// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
/// let mut service = ServiceBuilder::new()
///     .layer(BreakerLayer::named("answers", Config::builder().threshold(1))?)
///     .service(service_fn(|question: &'static str| async move {
///         if question.is_empty() { Err(std::fmt::Error) } else { Ok(42) }
///     }));
///
/// assert_eq!(service.ready().await?.call("what?").await?, 42);
/// let error = service.ready().await?.call("").await.unwrap_err();
/// assert!(error.is::<std::fmt::Error>(), "the caller that trips it gets its own error");
/// let error = service.ready().await?.call("what?").await.unwrap_err();
/// assert!(breaker_core::BreakerError::is_rejection_in(&*error));
/// # Ok::<_, BoxError>(())
/// # })?;
/// # Ok::<_, BoxError>(())
/// ```
///
/// The type parameters are the source of the breaker (`B`), the judge of the answers (`J`), the end
/// of a call (`W`), and the error that callers get (`E`).
pub struct BreakerLayer<B = Named, J = ByResult, W = Head, E = BoxError> {
    pub(crate) breaker: B,
    pub(crate) judge: J,
    pub(crate) watch: W,
    pub(crate) cancel_fails: bool,
    error: PhantomData<fn() -> E>,
}

/// A tuning: a [`Config`], or a [`ConfigBuilder`] that is not checked yet. Sealed.
pub trait Tuned: sealed::Sealed {
    /// Returns the config.
    #[doc(hidden)]
    fn config(self) -> Result<Config, ConfigError>;
}

mod sealed {
    /// The supertrait that no other crate can name.
    pub trait Sealed {}

    impl Sealed for super::Config {}

    impl Sealed for super::ConfigBuilder {}
}

impl Tuned for Config {
    fn config(self) -> Result<Config, ConfigError> {
        Ok(self)
    }
}

impl Tuned for ConfigBuilder {
    fn config(self) -> Result<Config, ConfigError> {
        self.build()
    }
}

impl BreakerLayer {
    /// A layer around the breaker of this name, in the registry of the process. Annotated functions
    /// and layers of one name share a breaker. One of them declares the tuning; the others give
    /// equal tuning or none, see [`sharing`](Self::sharing).
    ///
    /// # Errors
    /// The name breaks a rule, see [`Name::check`], or the tuning does.
    ///
    /// # Panics
    /// This does not panic. A call does in a build with debug assertions if the name has other
    /// tuning elsewhere, like a call of an annotated function.
    #[track_caller]
    pub fn named(name: &str, tuned: impl Tuned) -> Result<Self, RegistryError> {
        let config = tuned.config()?;
        Self::at(name, Some(config))
    }

    /// A layer around the breaker of a name that is tuned elsewhere: by an annotated function or
    /// another layer. Until then the breaker has the default tuning.
    ///
    /// # Errors
    /// The name breaks a rule, see [`Name::check`].
    #[track_caller]
    pub fn sharing(name: &str) -> Result<Self, RegistryError> {
        Self::at(name, None)
    }

    #[track_caller]
    fn at(name: &str, config: Option<Config>) -> Result<Self, RegistryError> {
        Name::check(name)?;
        let (name, site) = site(name, config);
        Ok(Self::new(Named { name, site }))
    }
}

impl<B> BreakerLayer<Given<B>> {
    /// A layer around a breaker that the program has made: `&'static Breaker` or `Arc<Breaker>`.
    ///
    /// ```
    /// use breaker_core::{Breaker, Config};
    /// use breaker_tower::BreakerLayer;
    ///
    /// static DB: Breaker = Breaker::new("db", Config::new());
    /// let layer = BreakerLayer::with(&DB);
    /// # let _ = layer;
    /// ```
    pub fn with(breaker: B) -> Self
    where
        B: Holder,
    {
        Self::new(Given(breaker))
    }
}

impl<B> BreakerLayer<B> {
    fn new(breaker: B) -> Self {
        let (judge, watch) = (ByResult, Head);
        BreakerLayer { breaker, judge, watch, cancel_fails: false, error: PhantomData }
    }
}

impl<J, W, E> BreakerLayer<Named, J, W, E> {
    /// Gives each key a breaker of its own under the layer's name, see [`Key`](crate::Key).
    ///
    /// The breaker is not known before the request is. So the layer is always ready, and the call
    /// makes the inner service ready once the breaker has admitted it. A limit of concurrent calls
    /// or a buffer then belongs outside this layer; inside, the caller would not feel its back
    /// pressure.
    #[must_use]
    pub fn key<K>(self, key: K) -> BreakerLayer<Keyed<K>, J, W, E> {
        let Self { breaker: named, judge, watch, cancel_fails, error } = self;
        BreakerLayer { breaker: Keyed { named, key }, judge, watch, cancel_fails, error }
    }
}

impl<B, J, W, E> BreakerLayer<B, J, W, E> {
    /// Judges answers by `judge` instead of by the `Result` alone, see [`Judge`](crate::Judge).
    /// This replaces an earlier [`retry_after`](Self::retry_after).
    #[must_use]
    pub fn judge<N>(self, judge: N) -> BreakerLayer<B, N, W, E> {
        self.judging(|_| judge)
    }

    /// Uses the cooldown that a failed answer asks for, see [`Hint`](crate::Hint) and
    /// [`Verdict::retry_after`](breaker_core::Verdict::retry_after).
    #[must_use]
    pub fn retry_after<H>(self, hint: H) -> BreakerLayer<B, Hinted<J, H>, W, E> {
        self.judging(|judge| Hinted { judge, hint })
    }

    fn judging<N>(self, by: impl FnOnce(J) -> N) -> BreakerLayer<B, N, W, E> {
        let Self { breaker, judge, watch, cancel_fails, error } = self;
        BreakerLayer { breaker, judge: by(judge), watch, cancel_fails, error }
    }

    /// Gives callers this error instead of a [`BoxError`]. It must be `From` the error of the inner
    /// service and `From<BreakerError>`.
    #[must_use]
    pub fn error<N>(self) -> BreakerLayer<B, J, W, N> {
        let Self { breaker, judge, watch, cancel_fails, .. } = self;
        BreakerLayer { breaker, judge, watch, cancel_fails, error: PhantomData }
    }

    /// Counts a call that is dropped before its end as a failure: for services that hang, with
    /// callers who give up. Otherwise such a call counts as nothing, or as slow if it has run for
    /// `slow_call`. This is the attribute's `on_cancel = "failure"`.
    #[must_use]
    pub fn cancel_is_failure(mut self) -> Self {
        self.cancel_fails = true;
        self
    }
}

#[cfg(feature = "http")]
impl<B, J, W, E> BreakerLayer<B, J, W, E> {
    /// Lets a call go on after a successful head, with a status from 200 to 299, until its body has
    /// reached `until`. The answer's body becomes a [`GuardedBody`](crate::GuardedBody), which
    /// carries the permit. Any other answer ends the call: its body need not be read.
    #[must_use]
    pub fn body(self, until: Until) -> BreakerLayer<B, J, Watched, E> {
        let Self { breaker, judge, cancel_fails, error, .. } = self;
        let watch = Watched::new(until);
        BreakerLayer { breaker, judge, watch, cancel_fails, error }
    }
}

#[cfg(all(feature = "http", feature = "tokio"))]
impl<B, J, E> BreakerLayer<B, J, Watched, E> {
    /// Fails a body that yields nothing for `limit` while its reader waits. The body then yields
    /// [`BreakerError::TimedOut`](breaker_core::BreakerError::TimedOut) and ends. Time in which
    /// nobody waits for the body does not count.
    ///
    /// # Panics
    /// This does not panic. Polling the body does, outside a runtime of tokio whose timers are
    /// enabled.
    #[must_use]
    pub fn stall(mut self, limit: std::time::Duration) -> Self {
        self.watch.stall = Some(limit);
        self
    }
}

impl<S, B, J, W, E> Layer<S> for BreakerLayer<B, J, W, E>
where
    B: Clone,
    J: Clone,
    W: Clone,
{
    type Service = BreakerService<S, B, J, W, E>;

    fn layer(&self, inner: S) -> Self::Service {
        BreakerService::new(inner, self.clone())
    }
}

impl<B: Clone, J: Clone, W: Clone, E> Clone for BreakerLayer<B, J, W, E> {
    #[inline]
    fn clone(&self) -> Self {
        BreakerLayer {
            breaker: self.breaker.clone(),
            judge: self.judge.clone(),
            watch: self.watch.clone(),
            cancel_fails: self.cancel_fails,
            error: PhantomData,
        }
    }
}

impl<B: fmt::Debug, J, W: fmt::Debug, E> fmt::Debug for BreakerLayer<B, J, W, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BreakerLayer")
            .field("breaker", &self.breaker)
            .field("watch", &self.watch)
            .field("cancel_is_failure", &self.cancel_fails)
            .finish_non_exhaustive()
    }
}
