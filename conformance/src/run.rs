//! Running a suite's units, several at once.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::Args;
use crate::machine::Machines;
use crate::native::Native;
use crate::outcome::{Outcome, Verdict};
use crate::suite::Suite;
use crate::tally::{self, Tally};

/// Where units run.
#[derive(Clone, Debug)]
enum Place {
    Machine(Machines),
    Native(Native),
}

impl Place {
    async fn run(&self, unit: &str, timeout: Duration) -> Result<Outcome> {
        let start = Instant::now();
        let (status, log) = match self {
            Self::Machine(machines) => machines.run(unit, timeout).await?,
            Self::Native(native) => native.run(unit, timeout).await?,
        };
        Ok(Outcome { status, log, elapsed: start.elapsed() })
    }
}

/// Where the logs and results of a run are kept: of machines, of a native program, of the machine's own one.
fn folder(args: &Args, suite: &Suite, reference: bool) -> PathBuf {
    let place = match &args.native {
        _ if reference => "reference",
        Some(_) => "native",
        None => "machine",
    };
    args.results.join(&suite.name).join(place)
}

/// Where the log of a unit is kept.
pub(crate) fn log_path(args: &Args, suite: &Suite, unit: &str) -> PathBuf {
    folder(args, suite, false).join(file_name(unit) + ".log")
}

fn file_name(unit: &str) -> String {
    unit.replace('/', "#")
}

/// Runs units of a suite; all, if none is named.
pub(crate) async fn run(args: &Args, suite: &Suite, only: &[String]) -> Result<Tally> {
    if let Some(missing) = only.iter().find(|name| !suite.units.contains(name)) {
        bail!("there is no unit '{missing}'; there are: {}", suite.units.join(" "));
    }
    let chosen: Vec<&String> = suite
        .units
        .iter()
        .filter(|unit| if only.is_empty() { !tally::is_excluded(suite, unit) } else { only.contains(unit) })
        .collect();
    let mut tally = Tally::default();
    let mut reference = BTreeMap::new();
    if !args.no_reference {
        let place = Place::Native(Native::new(args, suite, None)?);
        // The native tools don't change from run to run.
        reference = units(args, suite, &place, &chosen, true, true).await?;
        for (unit, outcome) in &reference {
            tally.reference.extend(suite.style.read(unit, outcome));
        }
    }
    let place = match &args.native {
        Some(program) => {
            Place::Native(Native::new(args, suite, Some(program).filter(|path| !path.as_os_str().is_empty()))?)
        }
        None => Place::Machine(Machines::new(args, suite)?),
    };
    for (unit, outcome) in units(args, suite, &place, &chosen, false, args.resume).await? {
        let mut results = suite.style.read(&unit, &outcome);
        let same =
            |native: &Outcome| native.status == outcome.status && native.log == outcome.log && outcome.status.is_some();
        if suite.like_native && reference.get(&unit).is_some_and(same) {
            results.iter_mut().for_each(|(_, verdict)| *verdict = Verdict::Passed);
        }
        tally.elapsed.insert(unit.clone(), outcome.elapsed.as_millis());
        for (name, verdict) in results {
            tally.unit.insert(name.clone(), unit.clone());
            tally.results.insert(name, verdict);
        }
    }
    write_results(&folder(args, suite, false).join("results"), &tally)?;
    Ok(tally)
}

/// Runs these units at one place, or takes what a former run kept.
async fn units(
    args: &Args,
    suite: &Suite,
    place: &Place,
    chosen: &[&String],
    is_reference: bool,
    keep: bool,
) -> Result<BTreeMap<String, Outcome>> {
    let folder = folder(args, suite, is_reference);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let jobs = args.jobs.unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from));
    let turns = Arc::new(Semaphore::new(jobs));
    let timeout = Duration::from_secs(args.timeout.unwrap_or(suite.timeout));
    let mut outcomes = BTreeMap::new();
    let mut running = JoinSet::new();
    for unit in chosen {
        if keep && let Some(outcome) = kept(&folder, unit) {
            outcomes.insert((*unit).clone(), outcome);
            continue;
        }
        let (unit, place, turns) = ((*unit).clone(), place.clone(), turns.clone());
        running.spawn(async move {
            let _turn = turns.acquire_owned().await?;
            let outcome = place.run(&unit, timeout).await.with_context(|| unit.clone())?;
            anyhow::Ok((unit, outcome))
        });
    }
    let (all, mut done) = (running.len(), 0);
    while let Some(ended) = running.join_next().await {
        let (unit, outcome) = ended??;
        keep_outcome(&folder, &unit, &outcome)?;
        done += 1;
        if std::io::stderr().is_terminal() {
            let what = if is_reference { "native " } else { "" };
            eprint!("\r\x1b[K{}: {what}{done}/{all} {unit}", suite.name);
        }
        outcomes.insert(unit, outcome);
    }
    if all > 0 && std::io::stderr().is_terminal() {
        eprint!("\r\x1b[K");
    }
    Ok(outcomes)
}

/// Keeps a unit's log, and its end beside it, written last.
fn keep_outcome(folder: &Path, unit: &str, outcome: &Outcome) -> Result<()> {
    let base = folder.join(file_name(unit)).into_os_string();
    let path = |extension: &str| {
        let mut path = base.clone();
        path.push(extension);
        PathBuf::from(path)
    };
    let status = outcome.status.map_or_else(|| "-".into(), |status| status.to_string());
    std::fs::write(path(".log"), &outcome.log)?;
    std::fs::write(path(".end"), format!("{status} {}\n", outcome.elapsed.as_millis()))?;
    Ok(())
}

/// What a former run kept of a unit.
fn kept(folder: &Path, unit: &str) -> Option<Outcome> {
    let base = folder.join(file_name(unit)).into_os_string().into_string().ok()?;
    let end = std::fs::read_to_string(base.clone() + ".end").ok()?;
    let (status, elapsed) = end.trim().split_once(' ')?;
    let status = if status == "-" { None } else { Some(status.parse().ok()?) };
    let log = std::fs::read(base + ".log").ok()?;
    Some(Outcome { status, log, elapsed: Duration::from_millis(elapsed.parse().ok()?) })
}

/// One line per test: what became of it, and its name.
fn write_results(path: &Path, tally: &Tally) -> Result<()> {
    let mut text = String::new();
    for (name, verdict) in &tally.results {
        let _ = writeln!(text, "{} {name}", verdict.word());
    }
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}
