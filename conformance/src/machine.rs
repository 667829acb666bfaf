//! Running units in virtual machines, each in one of its own.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use vivarium::{Config, Engine, HostDir, Stdio};

use crate::Args;
use crate::native::environment;
use crate::suite::Suite;

/// Boots a machine for each unit.
#[derive(Clone, Debug)]
pub(crate) struct Machines {
    engine: Engine,
    /// Host directories and where they are mounted, read-only.
    mounts: Vec<(PathBuf, &'static str)>,
    program: Option<String>,
    /// The suite's `run.sh`.
    script: String,
}

/// Where what a unit writes goes.
const LOG: &str = "/root/log";

/// Bytes of a log that are kept.
const LOG_LIMIT: usize = 4 << 20;

impl Machines {
    pub(crate) fn new(args: &Args, suite: &Suite) -> Result<Self> {
        Ok(Self {
            engine: Engine::new(Config::default())?,
            mounts: vec![
                (suite.source.clone(), "/mnt/suite"),
                (args.definitions.canonicalize()?, "/mnt/harness"),
                (args.helpers.join("machine"), "/mnt/helpers"),
            ],
            script: format!("/mnt/harness/{}/run.sh", suite.name),
            program: suite.program.as_ref().map(|program| format!("/usr/bin/{program}")),
        })
    }

    /// Runs a unit: its exit code, none where its time was over, and its log.
    pub(crate) async fn run(&self, unit: &str, timeout: Duration) -> Result<(Option<u8>, Vec<u8>)> {
        let mut builder = self.engine.vm();
        for (host, guest) in &self.mounts {
            let dir = Dir::open_ambient_dir(host, ambient_authority())
                .with_context(|| format!("cannot open {}", host.display()))?;
            builder = builder.mount(guest, HostDir::read_only(dir));
        }
        let vm = builder.boot().await?;
        let mut command = vm
            .command("/bin/sh")
            .args([self.script.as_str(), unit])
            .current_dir("/tmp")
            .env_clear()
            .stdout(Stdio::file(LOG))
            .stderr(Stdio::append(LOG));
        for (name, value) in environment(self.program.as_deref()) {
            command = command.env(name, value);
        }
        let mut child = command.spawn().await?;
        let ended = tokio::time::timeout(timeout, child.wait()).await;
        let mut log = vm.fs().read(LOG).await.unwrap_or_default();
        let status = match ended {
            Ok(status) => Some(status?.shell_code()),
            Err(_) => None,
        };
        if let Some(reason) = vm.failure() {
            bail!("the machine's kernel failed: {reason}");
        }
        vm.shutdown();
        log.truncate(LOG_LIMIT);
        Ok((status, log))
    }
}
