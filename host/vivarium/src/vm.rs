//! A running machine.

use std::sync::Arc;

use vivarium_runner::Task;

use crate::audit::Log;
use crate::{Audit, Command, Engine, Error, Fs, Pty, PtySize};

/// A running machine. Cheap to clone; with the last clone the machine ends, and every process in it.
#[derive(Clone)]
pub struct Vm(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) engine: Engine,
    /// A task of pid 1, to make others from. It makes no blocking call itself.
    pub(crate) task: Task,
    pub(crate) environment: Vec<(Vec<u8>, Vec<u8>)>,
    log: Arc<Log>,
}

impl std::fmt::Debug for Vm {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Vm").field("kernel", self.0.task.kernel()).finish_non_exhaustive()
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.task.kernel().shutdown();
    }
}

/// The state of a machine: files, mounts and settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot(Vec<u8>);

impl Snapshot {
    /// A snapshot from bytes that [`Snapshot::as_bytes`] gave; they are checked when it is restored.
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// The bytes, to be kept or sent.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// Figures of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Stats {
    pub processes: u32,
    pub tasks: u32,
    pub open_files: u32,
    pub inodes: u64,
    /// Bytes of files, pipes and queues.
    pub memory: u64,
    /// CPU time used by its processes.
    pub cpu: std::time::Duration,
}

/// Which kernel a machine runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KernelInfo {
    /// Name and version of the build.
    pub name: String,
    /// Version of the contract it speaks.
    pub contract: (u32, u32, u32),
    /// Version of its snapshots.
    pub snapshot: u32,
}

impl Vm {
    pub(crate) fn new(engine: Engine, task: Task, environment: Vec<(Vec<u8>, Vec<u8>)>, log: Arc<Log>) -> Self {
        Self(Arc::new(Inner { engine, task, environment, log }))
    }

    /// A program to run in the machine.
    pub fn command(&self, program: impl AsRef<[u8]>) -> Command {
        Command::new(self.clone(), program.as_ref())
    }

    /// The machine's files.
    pub fn fs(&self) -> Fs {
        Fs::new(self.clone())
    }

    /// A new pseudo-terminal.
    pub fn pty(&self, size: PtySize) -> Result<Pty, Error> {
        Pty::open(self, size)
    }

    /// The audit log.
    pub fn audit(&self) -> Audit {
        Audit(Arc::clone(&self.0.log))
    }

    /// The engine it runs in.
    pub fn engine(&self) -> &Engine {
        &self.0.engine
    }

    /// A task of pid 1, for system calls of the embedder's own.
    pub fn task(&self) -> Result<Task, Error> {
        self.0.task.fork().map_err(|fault| Error::new("task", "", fault))
    }

    /// Files, mounts and settings as bytes. Processes are not carried over to a machine that is restored from it.
    pub fn snapshot(&self) -> Result<Snapshot, Error> {
        Ok(Snapshot(self.0.task.kernel().snapshot()?))
    }

    /// Puts a fresh kernel in the place of the present one while programs go on: the same build, or the component `wasm`.
    pub async fn swap_kernel(&self, wasm: Option<&[u8]>) -> Result<(), Error> {
        let kernel = self.0.task.kernel();
        match wasm {
            Some(wasm) => kernel.swap(&self.0.engine.load_kernel(wasm)?)?,
            None => kernel.swap(&self.0.engine.0.kernel)?,
        }
        Ok(())
    }

    /// Figures of the machine.
    pub fn stats(&self) -> Result<Stats, Error> {
        let stats = self.0.task.kernel().stats()?;
        Ok(Stats {
            processes: stats.processes,
            tasks: stats.tasks,
            open_files: stats.open_files,
            inodes: stats.inodes,
            memory: stats.memory,
            cpu: std::time::Duration::from_nanos(stats.cpu),
        })
    }

    /// Which kernel it runs.
    pub fn kernel_info(&self) -> Result<KernelInfo, Error> {
        let version = self.0.task.kernel().version()?;
        Ok(KernelInfo { name: version.name, contract: version.contract, snapshot: version.snapshot })
    }

    /// Ends the machine and every process in it.
    pub fn shutdown(&self) {
        self.0.task.kernel().shutdown();
    }

    /// Why the kernel failed, where it did.
    pub fn failure(&self) -> Option<&str> {
        self.0.task.kernel().failure()
    }
}
