//! Other systems of this kind beside ours and the native shell, in turns, in one run.

mod jobs;
mod ours;
mod process;
mod shell;
mod table;

use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use tokio::time::timeout;
use vivarium::Engine;

use self::jobs::{JOBS, Job, Start};
use self::ours::Ours;
use self::process::Process;
use self::shell::Shell;
use crate::sample::Samples;

/// The systems of `benches/others`, in the order of the table's columns.
const OTHERS: [&str; 2] = ["just-bash", "agentos"];

/// A system does the work of one line of the table this often …
const COUNT: usize = 200;
/// … or for so long.
const BUDGET: Duration = Duration::from_secs(10);
/// What takes longer than this is given up.
const LIMIT: Duration = Duration::from_secs(60);

/// What a system answered, and how long it took.
struct Answer {
    time: Duration,
    stdout: String,
    code: i32,
}

/// What runs scripts.
enum System {
    Ours(Ours),
    Other(Box<Process>),
    Native(Shell),
}

impl System {
    /// Makes the machine that the work starts from.
    async fn prepare(&mut self, job: &Job) -> Result<()> {
        match self {
            Self::Ours(ours) => ours.prepare(job).await,
            Self::Other(process) => process.prepare(job).await,
            Self::Native(shell) => shell.prepare(job).await,
        }
    }

    /// Does the work once; `None` if it is not a work for this system.
    async fn perform(&mut self, job: &Job) -> Result<Option<Answer>> {
        match self {
            Self::Ours(ours) => ours.perform(job).await.map(Some),
            Self::Other(process) => process.perform(job).await.map(Some),
            Self::Native(_) if job.start == Start::Create => Ok(None),
            Self::Native(shell) => shell.perform(job).await.map(Some),
        }
    }
}

/// What one system made of a job.
enum Outcome {
    Times(Samples),
    /// It did the work wrongly or not at all: the status its shell ended with.
    Failed(i32),
    /// It had not done it, or what it takes to begin, after [`LIMIT`].
    GivenUp,
    /// It is not a work for this system.
    Inapplicable,
}

/// Measures everything and gives the table. `others` is the folder of `measure.mjs`, with the systems installed.
pub(crate) async fn compare(engine: &Engine, others: &Path) -> Result<String> {
    let mut systems = vec![System::Ours(Ours::new(engine).await?)];
    for name in OTHERS {
        systems.push(System::Other(Box::new(Process::new(others, name))));
    }
    systems.push(System::Native(Shell::new()?));
    let mut table = table::head(&OTHERS);
    println!("{}", table.trim_end());
    for job in &JOBS {
        let row = table::row(job, &measure(&mut systems, job).await?);
        println!("{}", row.trim_end());
        table.push_str(&row);
    }
    Ok(table)
}

async fn measure(systems: &mut [System], job: &Job) -> Result<Vec<Outcome>> {
    let mut races = Vec::new();
    for system in &mut *systems {
        let mut race = Race::default();
        match timeout(LIMIT, system.prepare(job)).await {
            Ok(prepared) => prepared?,
            Err(_) => race.end(Outcome::GivenUp),
        }
        races.push(race);
    }
    while races.iter().any(|race| race.outcome.is_none()) {
        for (system, race) in systems.iter_mut().zip(&mut races).filter(|(_, race)| race.outcome.is_none()) {
            match timeout(LIMIT, system.perform(job)).await {
                Ok(answer) => race.note(answer?, job)?,
                Err(_) => race.end(Outcome::GivenUp),
            }
        }
    }
    Ok(races.into_iter().filter_map(|race| race.outcome).collect())
}

/// One system's times at one job.
#[derive(Default)]
struct Race {
    times: Vec<Duration>,
    outcome: Option<Outcome>,
}

impl Race {
    fn note(&mut self, answer: Option<Answer>, job: &Job) -> Result<()> {
        match answer {
            None => self.end(Outcome::Inapplicable),
            Some(answer) if answer.code != 0 => self.end(Outcome::Failed(answer.code)),
            Some(answer) => {
                ensure!(answer.stdout.trim() == job.expected, "{}: {:?}", job.what, answer.stdout);
                self.times.push(answer.time);
                if self.times.len() == COUNT || self.times.iter().sum::<Duration>() > BUDGET {
                    let times = std::mem::take(&mut self.times);
                    self.end(Outcome::Times(Samples::new(times)));
                }
            }
        }
        Ok(())
    }

    fn end(&mut self, outcome: Outcome) {
        self.outcome = Some(outcome);
    }
}
