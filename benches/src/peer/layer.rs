//! Layers around one tower service: ours, and those of the peers that have one.

use std::future::poll_fn;

use ::breaker::tower::BreakerLayer as PeerLayer;
use breakerbox::tower::{BreakerLayer, ByResult, Head, Named};
use tower::{Layer, Service, service_fn};

use super::{BARE, Cases, Row, answer, breaker, core, tower_resilience};
use crate::case::{Group, Path, Policy};
use crate::subject::{Answer, Subject, cloned};
use crate::work::{Sick, ready, work_later};

pub(crate) const OURS: &str = "BreakerLayer";
pub(crate) const EXTRA: &str = "layer";
pub(crate) const PEERS: [&str; 2] = [tower_resilience::NAME, breaker::NAME];

const POLICIES: [Policy; 3] = [Policy::Threshold, Policy::TimeWindow, Policy::COUNT_WINDOW];

pub(super) fn add(cases: &mut Cases) {
    let mut row = of(cases, BARE, Policy::None);
    for path in [Path::Success, Path::Failure] {
        row.later(path, || called(service_fn(work_later), answer));
    }
    for policy in POLICIES {
        let mut row = of(cases, OURS, policy);
        for path in Path::ALL {
            row.later(path, move || {
                called(ours(policy, path).layer(service_fn(work_later)), answer)
            });
        }
    }
    // Its own time window is a list of all calls, which grows during the measurement.
    for policy in [Policy::Threshold, Policy::COUNT_WINDOW] {
        let mut row = of(cases, tower_resilience::NAME, policy);
        for path in Path::ALL {
            row.later(path, move || {
                let layer = tower_resilience::layer(policy, path);
                called(layer.layer(service_fn(work_later)), tower_resilience::answer)
            });
        }
        let mut row = of(cases, breaker::NAME, policy);
        for path in Path::ALL {
            row.later(path, move || {
                let layer = PeerLayer::new(breaker::breaker(policy, path));
                called(layer.layer(service_fn(work_later)), breaker::answer)
            });
        }
    }
}

fn of<'c>(cases: &'c mut Cases, peer: &'static str, policy: Policy) -> Row<'c> {
    cases.grouped(Group::Layers, peer, policy, EXTRA)
}

/// Each thread has a clone of the service.
fn called<S>(service: S, answer: fn(&Result<u64, S::Error>) -> Answer) -> Box<dyn Subject>
where
    S: Service<u64, Response = u64, Error: 'static> + Clone + Send + Sync + 'static,
{
    let call = |service: &mut S, task| {
        ready(async {
            poll_fn(|context| service.poll_ready(context)).await?;
            service.call(task).await
        })
    };
    cloned(service, call, answer)
}

/// All preparations of the case share the breaker of one name.
#[allow(clippy::expect_used, reason = "a benchmark without its subject is none")]
fn ours(policy: Policy, path: Path) -> BreakerLayer<Named, ByResult, Head, Sick> {
    let name = format!("layer-{policy}-{path}").replace(' ', "-");
    let layer = BreakerLayer::named(&name, core::config(policy, path));
    layer.expect("a name that it accepts").error()
}
