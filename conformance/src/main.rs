//! Runs public test suites inside Vivarium's machines, compares the results with what is expected, and keeps score.
//!
//! A suite is a folder of `conformance/suites`: `suite.conf` says where its tests are, `run.sh` runs one of its units by the
//! suite's own harness, `expected` lists what does not pass and why. The same `run.sh` runs in a machine and, for
//! comparison, natively: see `native`.

mod board;
mod cause;
mod expected;
mod machine;
mod native;
mod outcome;
mod pattern;
mod report;
mod run;
mod suite;
mod tally;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Parser;

use crate::board::Row;
use crate::suite::Suite;

/// Runs public test suites in virtual machines and keeps score.
#[derive(Debug, Parser)]
pub(crate) struct Args {
    /// The suites to run, or single units of them as SUITE/UNIT; all, unless told otherwise
    #[arg(value_name = "SUITE[/UNIT]")]
    suites: Vec<String>,

    /// The folder of the suites' descriptions
    #[arg(long, value_name = "FOLDER", default_value = "conformance/suites")]
    definitions: PathBuf,

    /// The folder of the suites' sources
    #[arg(long, value_name = "FOLDER")]
    sources: PathBuf,

    /// The folder that results and logs are kept in
    #[arg(long, value_name = "FOLDER")]
    results: PathBuf,

    /// The folder of helper programs, with `machine` and `native` in it
    #[arg(long, value_name = "FOLDER")]
    helpers: PathBuf,

    /// Run natively, with this program in place of the one that the suite tests
    #[arg(long, value_name = "PROGRAM", num_args = 0..=1, default_missing_value = "")]
    native: Option<PathBuf>,

    /// Leave out the native run that results are compared with
    #[arg(long)]
    no_reference: bool,

    /// Go on where a run was interrupted: keep the results there are
    #[arg(long = "continue")]
    resume: bool,

    /// Bring the lists of expectations up to date
    #[arg(long)]
    update: bool,

    /// The document whose scoreboard is brought up to date
    #[arg(long, value_name = "FILE")]
    document: Option<PathBuf>,

    /// How many units run at once; as many as there are processors, unless told otherwise
    #[arg(long, short, value_name = "N")]
    jobs: Option<usize>,

    /// Seconds that a unit may take, in place of the suite's own limit
    #[arg(long, value_name = "SECONDS")]
    timeout: Option<u64>,

    /// Print the log of each test that does not do as expected
    #[arg(long, short)]
    verbose: bool,
}

#[tokio::main]
async fn main() -> Result<ExitCode> {
    let args = Args::parse();
    let mut rows = Vec::new();
    let mut surprises = 0;
    for (name, units) in suite::chosen(&args.definitions, &args.suites)? {
        let suite = Suite::load(&args, &name).with_context(|| format!("suite {name}"))?;
        let tally = run::run(&args, &suite, &units).await.with_context(|| format!("suite {name}"))?;
        surprises += report::print(&args, &suite, &tally);
        if args.update {
            expected::update(&args, &suite, &tally, units.is_empty())?;
        }
        rows.push(Row::new(&suite, &tally));
    }
    print!("{}", board::table(&rows));
    if let Some(document) = &args.document {
        board::update(document, &rows)?;
    }
    Ok(if surprises == 0 || args.update { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
