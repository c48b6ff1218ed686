//! One run: reads the log, and plays it.

use std::thread;

use crate::args::{Args, Format};
use crate::bad::{Bad, FIRST};
use crate::call::{Call, Fault, Kind};
use crate::failure::Failure;
use crate::grid::{Grid, Tuning};
use crate::order::Hold;
use crate::play::batch::Batches;
use crate::play::sequence::{Log, Refusal, Sequence};
use crate::play::tally::{Tally, unbeaten};
use crate::play::tuning::{Guarded, Played};
use crate::play::worker;
use crate::progress::Progress;
use crate::read::csv::Csv;
use crate::read::json::Json;
use crate::read::source::Source;
use crate::read::{Fields, Lines};
use crate::value::time;

/// The result of a run.
pub(crate) struct Outcome {
    pub(crate) log: Log,
    pub(crate) bad: Bad,
    pub(crate) tunings: Vec<Row>,
    /// The combinations that were left out, with the reason.
    pub(crate) refused: Vec<String>,
}

/// A tuning with its figures.
pub(crate) struct Row {
    pub(crate) tuning: Tuning,
    pub(crate) tally: Tally,
    pub(crate) is_unbeaten: bool,
    pub(crate) lane: Option<Guarded>,
}

/// Plays the log of `args` through all tunings.
///
/// # Errors
/// The log cannot be read.
pub(crate) fn run(args: &Args, grid: Grid) -> Result<Outcome, Failure> {
    let format = args.format()?;
    let source = Source::open(args)?;
    let progress = Progress::new(&source, args.quiet);
    let played = |tuning: &Tuning| Played::new(tuning.config, args.svg.is_some());
    let tunings: Vec<_> = grid.tunings.iter().map(played).collect();
    let (log, bad, played) = thread::scope(|scope| {
        let (workers, senders) = worker::start(scope, tunings);
        let sequence = Sequence::new(Batches::new(senders), args.svg.is_some(), grid.tunings.len());
        let (log, bad) = match format {
            Format::Csv => {
                let lines = Csv::open(source.bytes, args.delimiter, &args.columns)?;
                read(lines, args, sequence, &progress)?
            }
            Format::Json => {
                read(Json::new(source.bytes, &args.columns), args, sequence, &progress)?
            }
        };
        Ok((log, bad, worker::finish(workers)))
    })?;
    progress.finish();
    let (tallies, lanes): (Vec<_>, Vec<_>) =
        played.into_iter().map(|tuning| tuning.finish(log.last)).unzip();
    let unbeaten = unbeaten(&tallies, log.has_durations);
    let rows = grid.tunings.into_iter().zip(tallies).zip(lanes).zip(unbeaten);
    let row = |(((tuning, tally), lane), is_unbeaten)| Row { tuning, tally, is_unbeaten, lane };
    Ok(Outcome { log, bad, tunings: rows.map(row).collect(), refused: grid.refused })
}

/// Reads all lines, and hands the calls to `sequence` in order.
fn read(
    mut lines: impl Lines,
    args: &Args,
    mut sequence: Sequence,
    progress: &Progress,
) -> Result<(Log, Bad), Failure> {
    let mut fields = Fields::new(args);
    let mut hold = Hold::new(args.disorder);
    let (mut bad, mut full) = (Bad::default(), None);
    let shown = args.shown();
    loop {
        let next = lines.next(&mut fields);
        let Some(next) = next.map_err(|error| Failure::of_file("read the log", &shown, &error))?
        else {
            break;
        };
        bad.lines += 1;
        match next {
            Ok(call) => {
                let ordered =
                    hold.push(call, |call| play(call, &mut sequence, &mut bad, &mut full));
                if ordered.is_err() {
                    bad.note(fault(&call, Kind::OutOfOrder));
                }
            }
            Err(fault) => bad.note(fault),
        }
        if bad.lines == FIRST || full.is_some() || args.strict && bad.total() > 0 {
            check(&bad, args.strict, full)?;
        }
        progress.lines(bad.lines);
    }
    hold.finish(|call| play(call, &mut sequence, &mut bad, &mut full));
    check(&bad, args.strict, full)?;
    bad.check(true)?;
    Ok((sequence.finish(), bad))
}

fn check(bad: &Bad, is_strict: bool, full: Option<Refusal>) -> Result<(), Failure> {
    match full {
        Some(Refusal::ManyOut) => {
            return Err(Failure::new(
                "more than 500 million calls are out at once",
                "look at the unit of the durations: `--duration-unit ms`",
            ));
        }
        Some(Refusal::ManyKeys) => {
            return Err(Failure::new(
                "the keys of the log, with a breaker for each tuning, need more than 10 million \
                 breakers",
                "name a column of fewer values by `--columns key=NAME`, or give fewer tunings",
            ));
        }
        Some(Refusal::FarOff) | None => {}
    }
    if is_strict {
        bad.strict()?;
    }
    bad.check(false)
}

fn play(call: &Call, sequence: &mut Sequence, bad: &mut Bad, full: &mut Option<Refusal>) -> bool {
    match sequence.play(call) {
        Ok(()) => return true,
        Err(Refusal::FarOff) => bad.note(fault(call, Kind::TooFar)),
        Err(refusal) => *full = Some(refusal),
    }
    false
}

fn fault(call: &Call, kind: Kind) -> Fault {
    Fault::new(call.line, kind, time::written(call.start).as_bytes())
}
