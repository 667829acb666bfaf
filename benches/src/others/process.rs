//! Another system, driven by `benches/others/measure.mjs` in a process of its own. The clock is that process's: what it takes
//! to ask it is in nobody's figure.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use super::{Answer, Job, Start};

pub(super) struct Process {
    name: &'static str,
    others: PathBuf,
    running: Option<Running>,
}

struct Running {
    /// Ended when this is dropped.
    _child: Child,
    jobs: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl Process {
    pub(super) fn new(others: &Path, name: &'static str) -> Self {
        Self { name, others: others.to_owned(), running: None }
    }

    fn start(&self) -> Result<Running> {
        let node = std::env::var_os("VIVARIUM_NODE").context("VIVARIUM_NODE is not set: use ./just compare")?;
        let mut child = Command::new(node)
            .args(["measure.mjs", self.name])
            .current_dir(&self.others)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .context(self.name)?;
        let jobs = child.stdin.take().context("no pipe")?;
        let answers = BufReader::new(child.stdout.take().context("no pipe")?).lines();
        Ok(Running { _child: child, jobs, answers })
    }

    pub(super) async fn prepare(&mut self, job: &Job) -> Result<()> {
        self.ask(serde_json::json!({ "create": true })).await?;
        let answer = self.ask(serde_json::json!({ "script": job.prepare })).await?;
        ensure!(answer.code == 0, "{}: {}: {}", self.name, job.prepare, answer.code);
        Ok(())
    }

    pub(super) async fn perform(&mut self, job: &Job) -> Result<Answer> {
        self.ask(match job.start {
            Start::Create => serde_json::json!({ "create": true }),
            Start::Fresh => serde_json::json!({ "script": job.script, "fresh": true }),
            Start::Running => serde_json::json!({ "script": job.script }),
        })
        .await
    }

    async fn ask(&mut self, job: serde_json::Value) -> Result<Answer> {
        // Taken out until it has answered: a process that was given up is not asked again.
        let mut running = self.running.take().map_or_else(|| self.start(), Ok)?;
        running.jobs.write_all(format!("{job}\n").as_bytes()).await.context(self.name)?;
        let Some(line) = running.answers.next_line().await? else { bail!("{} ended at {job}", self.name) };
        self.running = Some(running);
        let answer: serde_json::Value = serde_json::from_str(&line).context(self.name)?;
        Ok(Answer {
            time: Duration::from_nanos(answer["ns"].as_u64().context("no time")?),
            stdout: answer["stdout"].as_str().unwrap_or_default().to_owned(),
            code: answer["code"].as_i64().and_then(|code| i32::try_from(code).ok()).unwrap_or(-1),
        })
    }
}
