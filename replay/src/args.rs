//! The command line.

use std::path::{Path, PathBuf};

use breaker_core::written::PARAMETERS;
use clap::{Arg, ArgMatches, CommandFactory, FromArgMatches, Parser, ValueEnum};

use crate::columns::Columns;
use crate::failure::Failure;
use crate::grid::{self, Grid};
use crate::read::source;
use crate::value::outcome::Statuses;
use crate::value::{Unit, duration};

const EXAMPLES: &str = "\
Examples:
  replay calls.csv --threshold 5 --cooldown 30s
  replay calls.csv --threshold 3,5,10 --cooldown 5s,30s --svg picture.svg
  replay access.jsonl --time end --columns time=ts,duration=request_time,status=status,key=upstream
  zcat calls.csv.gz | replay - --format csv --failure-rate 0.5 --window 10s,1m";

/// Plays a log of calls through circuit breakers, to find out which tuning would have served best
#[derive(Debug, Parser)]
#[allow(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(name = "replay", after_help = EXAMPLES)]
pub(crate) struct Args {
    /// File with the log: CSV with a header line, or JSON lines; `-` is standard input
    #[arg(value_name = "LOG")]
    pub(crate) log: PathBuf,

    /// Form of the log [default: by the file's ending]
    #[arg(long, value_enum)]
    format: Option<Format>,

    /// Character between the fields of CSV
    #[arg(long, value_name = "CHARACTER", default_value = ",", value_parser = delimiter)]
    pub(crate) delimiter: u8,

    /// Names of columns, for `time`, `duration`, `outcome`, `status` and `key`; `status=fields.code`
    /// is inside an object of JSON
    #[arg(long, value_name = "FIELD=NAME,...", default_value = "", value_parser = Columns::of_list)]
    pub(crate) columns: Columns,

    /// Moment of a call that the log has as its time
    #[arg(long, value_enum, default_value = "start")]
    pub(crate) time: Moment,

    /// Unit of plain durations, if the column's name does not end in one
    #[arg(long, value_name = "UNIT", value_enum, default_value = "s")]
    pub(crate) duration_unit: Unit,

    /// HTTP statuses that are failures, and what the log has for calls without an answer, such as
    /// `0` [default: 5xx,408,429]
    #[arg(long, value_name = "STATUS,...", value_parser = Statuses::of_list)]
    failure_status: Option<Statuses>,

    /// Time by which a line may come too late in the log
    #[arg(long, value_name = "DURATION", default_value = "60s", value_parser = disorder)]
    pub(crate) disorder: i64,

    /// End at the first line that cannot be read
    #[arg(long)]
    pub(crate) strict: bool,

    /// Print one JSON document
    #[arg(long)]
    pub(crate) json: bool,

    /// Draw the time line and the trade-off
    #[arg(long, value_name = "FILE")]
    pub(crate) svg: Option<PathBuf>,

    /// List all tunings, however many there are
    #[arg(long)]
    pub(crate) all: bool,

    /// Show neither progress nor remarks
    #[arg(long)]
    pub(crate) quiet: bool,
}

/// The form of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Comma-separated values, with a header line
    Csv,
    /// One JSON object a line
    Json,
}

/// The moment that a log's times are of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Moment {
    /// The start of the call
    Start,
    /// Its end, as in access logs
    End,
}

impl Args {
    /// Reads the command line. Ends the process with code 2 if clap refuses it.
    ///
    /// # Errors
    /// A tuning is refused.
    pub(crate) fn read() -> Result<(Self, Grid), Failure> {
        let matches = Self::command().args(tunings()).get_matches();
        let args = Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit());
        if matches.contains_id(JITTER) {
            return Err(Failure::new(
                "`--jitter` is random, and a replay is repeatable",
                "leave it out: it lengthens each cooldown by up to that share",
            ));
        }
        Ok((args, Grid::of(given(&matches))?))
    }

    /// Returns the form of the log.
    ///
    /// # Errors
    /// Nothing tells it.
    pub(crate) fn format(&self) -> Result<Format, Failure> {
        if let Some(format) = self.format {
            return Ok(format);
        }
        let ending = self.log.extension().and_then(|ending| ending.to_str()).unwrap_or("");
        let shown = self.shown();
        match ending.to_ascii_lowercase().as_str() {
            "csv" => Ok(Format::Csv),
            "json" | "jsonl" | "ndjson" => Ok(Format::Json),
            ending => Err(source::compressed(&shown, ending).unwrap_or_else(|| {
                Failure::new(
                    format!("the form of the log {shown} is unknown"),
                    "add `--format csv` or `--format json`",
                )
            })),
        }
    }

    pub(crate) fn is_standard_input(&self) -> bool {
        self.log == Path::new("-")
    }

    /// The log's name for messages.
    pub(crate) fn shown(&self) -> String {
        if self.is_standard_input() {
            "on standard input".into()
        } else {
            // A name may hold what a terminal obeys.
            let safe =
                |character: char| if character.is_control() { '\u{fffd}' } else { character };
            format!("`{}`", self.log.display().to_string().chars().map(safe).collect::<String>())
        }
    }

    pub(crate) fn statuses(&self) -> Statuses {
        self.failure_status.clone().unwrap_or_default()
    }
}

const JITTER: &str = "jitter";

/// The flags for the keys of the attribute.
fn tunings() -> impl Iterator<Item = Arg> {
    let keys = PARAMETERS.iter().map(|parameter| parameter.key.name);
    keys.filter(|name| *name != "count_calls").map(|name| {
        let arg = Arg::new(name).long(name.replace('_', "-")).value_name("VALUE,...");
        arg.help(grid::about(name))
            .hide(name == JITTER)
            .help_heading("Tuning (several values make a grid)")
            .allow_negative_numbers(true)
    })
}

/// Returns the flags that were given, in their order, with their values.
fn given(matches: &ArgMatches) -> Vec<(&'static str, String)> {
    let mut given: Vec<_> = PARAMETERS
        .iter()
        .map(|parameter| parameter.key.name)
        .filter_map(|name| {
            // `count_calls` is no flag here.
            let values = matches.try_get_one::<String>(name).ok().flatten()?;
            Some((matches.index_of(name)?, name, values.clone()))
        })
        .collect();
    given.sort_unstable();
    given.into_iter().map(|(_, name, values)| (name, values)).collect()
}

fn delimiter(text: &str) -> Result<u8, String> {
    match *text.as_bytes() {
        [byte] if !byte.is_ascii_alphanumeric() && !b"\"\r\n".contains(&byte) => Ok(byte),
        _ if text == "\\t" || text == "tab" => Ok(b'\t'),
        _ => Err("write one character, such as `;`, or `tab`".into()),
    }
}

fn disorder(text: &str) -> Result<i64, String> {
    if text != "0" && text.parse::<f64>().is_ok() {
        return Err(format!("add a unit: `--disorder {text}s` (units: ms, s, m, h)"));
    }
    let nanos =
        duration::read(text.as_bytes(), Unit::S).and_then(|nanos| i64::try_from(nanos).ok());
    nanos.ok_or_else(|| "write a duration, such as `60s`".into())
}
