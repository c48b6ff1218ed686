//! [`Page`]: its settings, and its answers to requests.

use std::convert::Infallible;
use std::fmt;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};

use breaker_core::Registry;
use breaker_metrics::prometheus::CONTENT_TYPE;
use http::request::Parts;
use http::{Method, Request, Response, StatusCode};
use serde::Serialize;
use tower_service::Service;

use crate::action::{self, Action, Allow, Target};
use crate::answer::{self, Problem, shown};
use crate::body::Body;
use crate::core::Core;
use crate::host::Hosts;
use crate::route::Route;
use crate::stream::{NoStream, Reader};
use crate::time::{self, Millis};
use crate::view::{Departed, Detail, PageView, RegistryView, Whole};
use crate::{document, health};

/// The number of streams that may be open by default.
const MAX_STREAMS: usize = 256;

const READ: &str = "GET, HEAD";
const READ_OR_ACT: &str = "GET, HEAD, POST";

/// The page of a registry, as a service for HTTP requests. Clones share one history.
///
/// It answers `/`, `/health`, `/metrics`, `/breakers`, `/events` and more (see the [crate's
/// documentation](crate)), below any path that a web framework mounts it under. It never fails, is
/// always ready, and needs no runtime: it answers at once, and streams are polled.
///
/// It listens to the transitions of the registry from [`new`](Self::new) on, until the last clone
/// is dropped. Calls and rejections pay nothing for it.
///
/// ```
/// use breaker_core::{Config, Registry};
/// use breaker_page::Page;
/// use http::{Request, StatusCode};
/// use tower_service::Service;
///
/// let registry = Registry::new();
/// registry.get_or_insert("llm", Config::new())?.force_open();
/// let mut page = Page::new(registry).vital(["llm"]);
/// let request = Request::get("/health").body(String::new())?;
/// let answer = page.call(request).into_inner()?;
/// assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct Page {
    core: Arc<Core>,
    options: Options,
}

#[derive(Clone)]
struct Options {
    allow: Option<Arc<Allow>>,
    vital: Arc<[String]>,
    max_streams: usize,
    hosts: Hosts,
}

impl Page {
    /// Returns a page of this registry's breakers, including those that are made later. The page
    /// shows them and changes nothing.
    #[must_use]
    pub fn new(registry: Registry) -> Self {
        let options = Options {
            allow: None,
            vital: Arc::default(),
            max_streams: MAX_STREAMS,
            hosts: Hosts::default(),
        };
        Page { core: Arc::new(Core::new(registry)), options }
    }

    /// Lets operators steer breakers and override their tuning, if `allow` returns true for the
    /// request. Without this there are no actions.
    ///
    /// The page knows no users and no passwords: put it behind a layer that does, or let `allow`
    /// check the request's headers and extensions. `|_, _| true` lets everybody who can reach the
    /// page hold every breaker open.
    ///
    /// ```
    /// use breaker_core::Registry;
    /// use breaker_page::{ActionKind, Page};
    ///
    /// let page = Page::new(Registry::global()).allow(|request, action| {
    ///     request.headers.contains_key("x-operator") && action.kind != ActionKind::Disable
    /// });
    /// # drop(page);
    /// ```
    #[must_use]
    pub fn allow(
        mut self,
        allow: impl Fn(&Parts, &Action<'_>) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.options.allow = Some(Arc::new(allow));
        self
    }

    /// Sets the host names of the page, such as `ops.example.com`, or with a port
    /// `ops.example.com:8443`. Requests to other names are refused (421), and so are actions of
    /// other sites (403). `localhost` and addresses are always accepted.
    ///
    /// Without this, a page that serves itself on a loopback address answers to `localhost` and
    /// loopback addresses alone. Any other page answers readers under every name, but accepts
    /// actions only at an address or `localhost`. So a page with actions needs its name here if it
    /// is mounted in a web server that has a name. The reason is DNS rebinding: another site that
    /// makes its own name lead to this page could otherwise read it, and act, through an operator's
    /// browser.
    ///
    /// ```
    /// use breaker_core::Registry;
    /// use breaker_page::Page;
    ///
    /// let page = Page::new(Registry::global())
    ///     .allow(|request, _| request.headers.contains_key("x-operator"))
    ///     .hosts(["ops.example.com"]);
    /// let app: axum::Router = axum::Router::new().nest_service("/ops", page);
    /// # drop(app);
    /// ```
    #[must_use]
    pub fn hosts<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.options.hosts = Hosts::named(names);
        self
    }

    /// Answers to every host name: for programs whose web server or proxy checks the host itself.
    /// See [`hosts`](Self::hosts) for the purpose of that check.
    #[must_use]
    pub fn any_host(mut self) -> Self {
        self.options.hosts = Hosts::Any;
        self
    }

    /// Notes that the page is served at this address of this machine.
    #[cfg(feature = "server")]
    pub(crate) fn served_at(mut self, address: std::net::IpAddr) -> Self {
        if matches!(self.options.hosts, Hosts::Unnamed) && address.to_canonical().is_loopback() {
            self.options.hosts = Hosts::Loopback;
        }
        self
    }

    /// Sets the names without which the program cannot work: `/health` fails (503) while all
    /// breakers of one of them reject calls. All other names only give a warning (200).
    #[must_use]
    pub fn vital<N: Into<String>>(mut self, names: impl IntoIterator<Item = N>) -> Self {
        self.options.vital = names.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the number of transitions that are kept of each breaker: 100 by default; at least 1. Of
    /// all breakers together, the last 50,000 are kept.
    #[must_use]
    pub fn history(self, transitions: usize) -> Self {
        self.core.heard.history.set_of_each(transitions.max(1));
        self
    }

    /// Sets the number of event streams that may be open at once: 256 by default. Each costs no
    /// more than some 20 KiB, however slow its reader is.
    #[must_use]
    pub fn max_streams(mut self, streams: usize) -> Self {
        self.options.max_streams = streams;
        self
    }

    /// Ends all streams that are open now.
    #[cfg(feature = "server")]
    pub(crate) fn end_streams(&self) {
        self.core.heard.streams.end_all();
    }

    #[cfg(feature = "server")]
    pub(crate) fn most_streams(&self) -> usize {
        self.options.max_streams
    }

    /// Answers a request.
    fn answer(&self, request: &Parts, has_body: bool) -> Response<Body> {
        let found = self.find(request, has_body).unwrap_or_else(Problem::into_response);
        if request.method == Method::HEAD { answer::head(found) } else { found }
    }

    fn find(&self, request: &Parts, has_body: bool) -> Result<Response<Body>, Problem> {
        self.options.hosts.check_reader(request)?;
        let path = request.uri.path();
        let Some(route) = Route::of(path) else {
            return Err(Problem::not_found(format!("there is nothing at {}", shown(path))));
        };
        let acts = self.options.allow.is_some();
        let (allowed, target) = match &route {
            Route::NameAnd(name, action) => {
                let methods = if acts { READ_OR_ACT } else { READ };
                (methods, Some(Target { name, key: None, action }))
            }
            Route::KeyAnd(name, key, action) => {
                let methods = if acts { "POST" } else { "" };
                (methods, Some(Target { name, key: Some(key), action }))
            }
            _ => (READ, None),
        };
        let reads = request.method == Method::GET || request.method == Method::HEAD;
        match (&self.options.allow, target) {
            _ if reads => match self.read(request, &route) {
                Some(found) => found,
                None => Err(Problem::method(allowed, "an action is done by `POST`")),
            },
            (Some(allow), Some(target)) if request.method == Method::POST => {
                self.options.hosts.check_actor(request)?;
                action::perform(&self.core.heard, &**allow, (request, has_body), &target)
            }
            (None, Some(_)) if request.method == Method::POST => {
                let problem = Problem::method(allowed, "this page changes nothing");
                Err(problem.help("the program allows actions by `Page::allow`"))
            }
            _ => {
                let method = shown(request.method.as_str());
                Err(Problem::method(allowed, format!("{method} is not answered here")))
            }
        }
    }

    /// Answers `GET`; `None` for the path of an action.
    fn read(&self, request: &Parts, route: &Route) -> Option<Result<Response<Body>, Problem>> {
        let heard = &self.core.heard;
        Some(match route {
            Route::Document => Ok(document::answer(&request.headers)),
            Route::Health => Ok(health::answer(&heard.registry, &self.options.vital)),
            Route::Metrics => {
                let text = self.core.exporter.prometheus_text();
                self.large(CONTENT_TYPE, text.into_bytes())
            }
            Route::Breakers => self.breakers(),
            Route::Name(name) => self.breaker(name, None),
            Route::NameAnd(name, key) => self.breaker(name, Some(key)),
            Route::Events => self.events(&request.method),
            Route::KeyAnd(..) => return None,
        })
    }

    fn view(&self) -> PageView<'_> {
        PageView { actions: self.options.allow.is_some(), vital: &self.options.vital }
    }

    /// Answers with a body that may be large.
    fn large(&self, content_type: &'static str, bytes: Vec<u8>) -> Result<Response<Body>, Problem> {
        let held = self.core.budget.hold(bytes);
        let bytes = held.ok_or_else(|| {
            Problem::busy("too many large answers are waiting for readers that do not read")
        })?;
        Ok(answer::whole(StatusCode::OK, content_type, bytes))
    }

    fn breakers(&self) -> Result<Response<Body>, Problem> {
        #[derive(Serialize)]
        struct All<'a> {
            now_ms: Millis,
            breakers: Vec<Whole<'a>>,
            registry: RegistryView,
            page: PageView<'a>,
            departed: Vec<Departed>,
        }
        let heard = &self.core.heard;
        let survey = heard.registry.survey();
        let now_ms = time::now();
        let departed = survey.departed.iter().map(|(name, totals)| Departed::new(name, totals));
        let all = All {
            now_ms,
            breakers: survey.reports.iter().map(|report| heard.whole(report, now_ms)).collect(),
            registry: RegistryView::new(&heard.registry),
            page: self.view(),
            departed: departed.collect(),
        };
        self.large("application/json", answer::to_json(&all))
    }

    /// Answers with one breaker, and for a name also with the breakers of its keys.
    fn breaker(&self, name: &str, key: Option<&str>) -> Result<Response<Body>, Problem> {
        #[derive(Serialize)]
        struct One<'a> {
            now_ms: Millis,
            breaker: Option<Detail<'a>>,
            keys: Vec<Whole<'a>>,
        }
        let heard = &self.core.heard;
        let reports = heard.registry.reports_of(name);
        let now_ms = time::now();
        let (mut keys, mut found) = (Vec::new(), None);
        for report in &reports {
            let whole = || heard.whole(report, now_ms);
            match (report.snapshot.key.as_deref(), key) {
                (of, wanted) if of == wanted => {
                    let past = heard.history.of(&report.snapshot.name);
                    found = Some(Detail::new(whole(), report, &past));
                }
                (Some(_), None) => keys.push(whole()),
                _ => {}
            }
        }
        if found.is_none() && keys.is_empty() {
            return Err(action::unknown(name, key));
        }
        let one = One { now_ms, breaker: found, keys };
        self.large("application/json", answer::to_json(&one))
    }

    fn events(&self, method: &Method) -> Result<Response<Body>, Problem> {
        let headers = answer::headers("text/event-stream");
        if method == Method::HEAD {
            return Ok(answer::with(StatusCode::OK, headers, Body::whole(bytes::Bytes::new())));
        }
        let opened = Reader::open(&self.core, &self.view(), self.options.max_streams);
        let reader = opened.map_err(|none| match none {
            NoStream::TooMany => {
                let most = self.options.max_streams;
                Problem::busy(format!("{most} streams are open, and no more are allowed"))
            }
            NoStream::NoThread(error) => {
                Problem::busy(format!("no thread can be started for streams: {error}"))
            }
        })?;
        Ok(answer::with(StatusCode::OK, headers, Body::events(reader)))
    }
}

impl<B: http_body::Body> Service<Request<B>> for Page {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Ready<Result<Response<Body>, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        let (parts, body) = request.into_parts();
        // The body is never read, so its size does not matter.
        let has_body = !body.is_end_stream() && body.size_hint().exact() != Some(0);
        ready(Ok(self.answer(&parts, has_body)))
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Page")
            .field("allows_actions", &self.options.allow.is_some())
            .field("vital", &self.options.vital)
            .field("max_streams", &self.options.max_streams)
            .field("hosts", &self.options.hosts)
            .finish_non_exhaustive()
    }
}
