//! The commands. `cargo xtask bench` calls them in order.

use std::path::PathBuf;

use clap::{Parser, Subcommand, value_parser};

/// Measures calls through breakers, ours and others, and builds with the attribute
#[derive(Debug, Parser)]
#[command(arg_required_else_help = true)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// Only cases whose name contains this text, or one of several: `threshold/success`
    #[arg(long, global = true, value_name = "TEXT")]
    pub(crate) only: Vec<String>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Lists the cases
    List,
    /// Checks that each case does what its name says
    Smoke,
    /// Times the cases
    Time {
        /// About how long all cases take
        #[arg(long, default_value_t = 120, value_parser = value_parser!(u32).range(2..=3600))]
        seconds: u32,
        /// Added to the cases' names
        #[arg(long, value_name = "TEXT", default_value = "")]
        suffix: String,
        #[command(flatten)]
        out: Out,
    },
    /// Times calls of a hundred threads on one breaker
    Crowd {
        /// About how long all cases take
        #[arg(long, default_value_t = 120, value_parser = value_parser!(u32).range(2..=3600))]
        seconds: u32,
        #[command(flatten)]
        out: Out,
    },
    /// Counts instructions and atomic operations, under valgrind, and prints them
    Count {
        /// Added to the cases' names
        #[arg(long, value_name = "TEXT", default_value = "")]
        suffix: String,
        /// File for the findings
        #[arg(long, value_name = "PATH")]
        out: Option<PathBuf>,
    },
    /// Counts allocations and bytes (built with `--features allocations`)
    Heap {
        #[command(flatten)]
        out: Out,
    },
    /// Measures what the attribute costs its users' builds
    Compile {
        /// Folder for the workspace that is built
        #[arg(long, value_name = "PATH")]
        folder: PathBuf,
        /// Crates in a user's build, which `cargo xtask tree` counts
        #[arg(long, value_name = "COUNT")]
        crates: usize,
        /// The budget for that number
        #[arg(long, value_name = "COUNT")]
        most_crates: usize,
        #[command(flatten)]
        out: Out,
    },
    /// Runs one case, for valgrind to watch
    Run { case: String, calls: u64 },
    /// Prints the findings, and writes the page
    Report {
        /// Findings of this program
        #[arg(long, value_name = "PATH", num_args = 1..)]
        findings: Vec<PathBuf>,
        /// Figures of `compile`
        #[arg(long, value_name = "PATH")]
        cost: PathBuf,
        /// Folder for the page and its pictures
        #[arg(long, value_name = "PATH")]
        docs: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
pub(crate) struct Out {
    /// File for the findings
    #[arg(long, value_name = "PATH")]
    pub(crate) out: PathBuf,
}
