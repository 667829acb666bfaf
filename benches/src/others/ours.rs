//! Vivarium at the jobs.

use std::time::Instant;

use anyhow::{Result, ensure};
use vivarium::{Engine, Output, Vm};

use super::{Answer, Job, Start};

pub(super) struct Ours {
    engine: Engine,
    vm: Vm,
}

impl Ours {
    pub(super) async fn new(engine: &Engine) -> Result<Self> {
        Ok(Self { engine: engine.clone(), vm: engine.vm().boot().await? })
    }

    pub(super) async fn prepare(&mut self, job: &Job) -> Result<()> {
        self.vm = self.engine.vm().boot().await?;
        let output = run(&self.vm, job.prepare).await?;
        ensure!(output.status.success(), "{}: {}", job.prepare, output.status);
        Ok(())
    }

    pub(super) async fn perform(&self, job: &Job) -> Result<Answer> {
        let began = Instant::now();
        let output = match job.start {
            Start::Running => run(&self.vm, job.script).await?,
            Start::Fresh => run(&self.engine.vm().boot().await?, job.script).await?,
            Start::Create => {
                let _vm = self.engine.vm().boot().await?;
                return Ok(Answer { time: began.elapsed(), stdout: String::new(), code: 0 });
            }
        };
        let time = began.elapsed();
        let code = i32::from(output.status.shell_code());
        Ok(Answer { time, stdout: String::from_utf8(output.stdout)?, code })
    }
}

async fn run(vm: &Vm, script: &str) -> Result<Output> {
    Ok(vm.command("bash").args(["-c", script]).current_dir("/tmp").output().await?)
}
