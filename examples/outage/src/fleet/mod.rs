//! The outage of a service that a whole fleet calls: many processes of one program. Two runs play
//! the outage: first each process has a breaker of its own, then all share one state by Redis.

use std::error::Error;
use std::io::Write;
use std::iter;

use stage::output::{create, say};
use stage::signal::interrupt;
use tokio::runtime::Runtime;

use self::instance::Instance;
use self::redis::Redis;
use self::report::{Pair, Run};
use crate::args::Args;
use crate::script::Script;
use crate::server::Server;

mod chart;
mod instance;
mod line;
mod redis;
mod report;

/// Plays both runs, prints the table, and draws them. With `--instance`, plays one process of the
/// fleet.
pub(crate) fn play(args: &Args, size: u16) -> Result<(), Box<dyn Error>> {
    if let Some(number) = args.instance {
        return instance::play(args, size, number);
    }
    // A path that cannot be written is reported before the runs.
    let out = args.out("target/fleet.svg");
    let path = out.display();
    let mut picture = create(&out).map_err(|error| format!("cannot write {path}: {error}"))?;

    let pair = Runtime::new()?.block_on(async {
        tokio::select! {
            // Polled first: the signal is listened for before a process starts.
            biased;
            // Dropping `play_both` kills the processes it has started.
            () = interrupt() => Err(Box::<dyn Error>::from("interrupted")),
            pair = play_both(args, size) => pair,
        }
    })?;
    let svg = chart::draw(size, &pair)?;
    picture.write_all(svg.as_bytes()).map_err(|error| format!("cannot write {path}: {error}"))?;
    say(format_args!("\n{pair}\npicture: {path}"))?;
    Ok(())
}

async fn play_both(args: &Args, size: u16) -> Result<Pair, Box<dyn Error>> {
    // A missing server is reported before the first run.
    let redis = Redis::start().await?;
    say(format_args!("redis: {}", redis.url()))?;
    say(format_args!("{size} processes, each with a breaker of its own"))?;
    let local = play_once(args, size, None).await?;
    say(format_args!("{size} processes that share one state by Redis"))?;
    let fleet = play_once(args, size, Some(&redis)).await?;
    Ok(Pair { local, fleet })
}

async fn play_once(args: &Args, size: u16, redis: Option<&Redis>) -> Result<Run, Box<dyn Error>> {
    let url = redis.map(Redis::url);
    let started = (0..size).map(|number| Instance::start(args, size, number, url));
    let mut instances = started.collect::<Result<Vec<_>, _>>()?;
    for instance in &mut instances {
        instance.wait_until_ready().await?;
    }
    let script = Script::of_fleet(args.length());
    let server = Server::start(script, args.seed)
        .map_err(|error| format!("cannot start the service: {error}"))?;
    for instance in &mut instances {
        instance.begin(server.address()).await?;
    }
    let mut reports = Vec::new();
    for instance in iter::from_fn(|| instances.pop()) {
        reports.push(instance.report().await?);
    }
    let received = server.stop().map_err(|error| format!("the service failed: {error}"))?;
    Ok(Run { script, received, reports })
}
