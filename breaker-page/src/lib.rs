//! A live page of the circuit breakers of [`breakerbox`](https://docs.rs/breakerbox), with their
//! health and figures for programs, as a service that any web framework mounts.
//!
//! ```no_run
//! use breaker_core::Registry;
//! use breaker_page::Page;
//!
//! let page = Page::new(Registry::global())
//!     .allow(|request, _| request.headers.contains_key("x-operator")) // actions exist only with this
//!     .vital(["db"]); // this alone fails readiness
//! let app: axum::Router = axum::Router::new().nest_service("/ops", page);
//! ```
//!
//! With the feature `server` the page serves itself: `serve`, `Server`.
//!
//! # Routes
//! | route | answer |
//! |---|---|
//! | `GET /` | The page. It is one document, fetches nothing from elsewhere, and shows changes live. |
//! | `GET /health` | Health for **readiness** probes, never for liveness: `pass`; `warn` with 200 if a breaker is open; `fail` with 503 while a [vital](Page::vital) name turns its calls away. |
//! | `GET /breakers` | All breakers: states, figures, tuning and places, as JSON. |
//! | `GET /breakers/{name}`, `/breakers/{name}/{key}` | One breaker, with its last transitions and the figures at that moment. |
//! | `GET /events` | All changes, as server-sent events. |
//! | `GET /metrics` | Prometheus text, see [`breaker_metrics`]. |
//! | `POST /breakers/{name}/{action}`, `/breakers/{name}/{key}/{action}` | `force-open`, `open-for?time=5m`, `observe`, `disable`, `reset`, `override?threshold=3`: only if the program [allows](Page::allow) it. |
//!
//! `PROTOCOL.md` in the repository has every field. Health must not restart a program: an open breaker
//! means that *another* service is ill, and a restart forgets what the breaker knows.
//!
//! # Cost
//! Calls and rejections pay nothing for the page, which only listens to transitions. While somebody
//! has the page open, a thread of its own looks at all breakers each second.
//!
//! # Safety
//! The page shows names, keys, tuning and places in the source to everybody who can reach it: mount
//! it where only operators are, or behind a layer that identifies them. A page that serves itself
//! on a loopback address answers to `localhost` alone, and actions need a known host, so that no
//! other site can reach it through an operator's browser: [`Page::hosts`]. Memory is bounded,
//! whatever clients do: streams are limited, a slow reader keeps no queue, bodies are not read, and
//! large answers that wait for their readers are limited to 64 MiB.

#![cfg_attr(docsrs, feature(doc_cfg))]

mod action;
mod answer;
mod body;
mod budget;
mod core;
mod document;
mod health;
mod history;
mod host;
mod operator;
mod page;
mod route;
#[cfg(feature = "server")]
mod server;
mod stream;
mod time;
mod view;

pub use action::{Action, ActionKind};
pub use body::Body;
pub use page::Page;
#[cfg(feature = "server")]
pub use server::{Server, serve};

/// The snippets of the package's page are tested with the others.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
mod readme {}
