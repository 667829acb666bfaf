//! The machine's own bash at the jobs.

use std::process::Output;
use std::time::Instant;

use anyhow::{Context, Result, ensure};
use tokio::process::Command;

use super::{Answer, Job};

pub(super) struct Shell {
    /// The working directory of the job at hand.
    folder: tempfile::TempDir,
}

impl Shell {
    pub(super) fn new() -> Result<Self> {
        Ok(Self { folder: tempfile::tempdir()? })
    }

    pub(super) async fn prepare(&mut self, job: &Job) -> Result<()> {
        self.folder = tempfile::tempdir()?;
        let output = self.run(job.prepare).await?;
        ensure!(output.status.success(), "{}: {}", job.prepare, output.status);
        Ok(())
    }

    pub(super) async fn perform(&self, job: &Job) -> Result<Answer> {
        let began = Instant::now();
        let output = self.run(job.script).await?;
        let time = began.elapsed();
        Ok(Answer { time, stdout: String::from_utf8(output.stdout)?, code: output.status.code().unwrap_or(-1) })
    }

    async fn run(&self, script: &str) -> Result<Output> {
        Command::new("bash").args(["-c", script]).current_dir(self.folder.path()).output().await.context("bash")
    }
}
