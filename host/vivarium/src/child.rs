//! A running program.

use tokio::runtime::Handle;
use vivarium_runner::{Errno, Fault, Pid, Task, proc};

use crate::{Error, PipeReader, PipeWriter, Vm};

/// How a program ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExitStatus {
    /// By itself, with this status.
    Exited(u8),
    /// By this signal.
    Signaled(u8),
}

impl ExitStatus {
    /// Whether it ended with status 0.
    pub fn success(self) -> bool {
        self == Self::Exited(0)
    }

    /// Its status; none where a signal ended it.
    pub fn code(self) -> Option<u8> {
        match self {
            Self::Exited(status) => Some(status),
            Self::Signaled(_) => None,
        }
    }

    /// The signal that ended it.
    pub fn signal(self) -> Option<u8> {
        match self {
            Self::Exited(_) => None,
            Self::Signaled(signal) => Some(signal),
        }
    }

    /// The status as a shell gives it: 128 and the signal's number where a signal ended it.
    pub fn shell_code(self) -> u8 {
        match self {
            Self::Exited(status) => status,
            Self::Signaled(signal) => 128u8.saturating_add(signal),
        }
    }
}

impl std::fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exited(status) => write!(f, "exit status: {status}"),
            Self::Signaled(signal) => write!(f, "signal: {signal}"),
        }
    }
}

/// How a program ended, and what it wrote.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub struct Output {
    pub status: ExitStatus,
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// A running program. Dropping it lets the program go on.
#[derive(Debug)]
pub struct Child {
    vm: Vm,
    task: Option<Task>,
    pid: Pid,
    status: Option<ExitStatus>,
    /// Its standard input, where that is piped.
    pub stdin: Option<PipeWriter>,
    /// Its standard output, where that is piped.
    pub stdout: Option<PipeReader>,
    /// Its standard error, where that is piped.
    pub stderr: Option<PipeReader>,
}

impl Child {
    pub(crate) fn new(
        vm: Vm,
        task: Task,
        pid: Pid,
        stdin: Option<PipeWriter>,
        stdout: Option<PipeReader>,
        stderr: Option<PipeReader>,
    ) -> Self {
        Self { vm, task: Some(task), pid, status: None, stdin, stdout, stderr }
    }

    /// Its process number in the machine.
    pub fn id(&self) -> Pid {
        self.pid
    }

    fn task(&self) -> &Task {
        self.task.as_ref().expect("held until drop")
    }

    /// Waits for its end. Closes its standard input first.
    pub async fn wait(&mut self) -> Result<ExitStatus, Error> {
        drop(self.stdin.take());
        if let Some(status) = self.status {
            return Ok(status);
        }
        let (pid, task) = (self.pid, self.task());
        let status = task.wait(|task| wait_child(task, pid, proc::WaitOptions::empty())).await;
        let status = status.map_err(|stop| self.over(stop))?.expect("waited without WNOHANG");
        self.status = Some(status);
        Ok(status)
    }

    /// How it ended; none while it runs.
    pub fn try_wait(&mut self) -> Result<Option<ExitStatus>, Error> {
        if self.status.is_none() {
            let status = wait_child(self.task(), self.pid, proc::WaitOptions::NO_HANG);
            self.status = status.map_err(|fault| self.over(fault.into()))?;
        }
        Ok(self.status)
    }

    /// Waits for its end and collects what it writes to pipes.
    pub async fn wait_with_output(mut self) -> Result<Output, Error> {
        drop(self.stdin.take());
        let stdout = self.stdout.take();
        let stderr = self.stderr.take();
        let read = |pipe: Option<PipeReader>| async {
            match pipe {
                Some(pipe) => pipe.read_all().await,
                None => Vec::new(),
            }
        };
        let (stdout, stderr, status) = tokio::join!(read(stdout), read(stderr), self.wait());
        Ok(Output { status: status?, stdout, stderr })
    }

    /// Sends it a signal.
    pub fn signal(&self, signal: u8) -> Result<(), Error> {
        if self.status.is_some() {
            return Err(Error::new("kill", self.pid.to_string(), Errno::Srch));
        }
        let sent = self.task().kill(proc::KillTarget::Process(self.pid), signal);
        sent.map_err(|fault| Error::new("kill", self.pid.to_string(), fault))
    }

    /// Sends a signal to its process group.
    pub fn signal_group(&self, signal: u8) -> Result<(), Error> {
        let sent = self.task().kill(proc::KillTarget::Group(self.pid), signal);
        sent.map_err(|fault| Error::new("kill", self.pid.to_string(), fault))
    }

    /// Ends it by SIGKILL and waits for it.
    pub async fn kill(&mut self) -> Result<(), Error> {
        const SIGKILL: u8 = 9;
        if self.status.is_none() {
            self.signal(SIGKILL)?;
            self.wait().await?;
        }
        Ok(())
    }

    fn over(&self, stop: vivarium_runner::Stop) -> Error {
        match (stop, self.vm.failure()) {
            (vivarium_runner::Stop::Gone, Some(reason)) => Error::Over(reason.to_owned()),
            (stop, _) => Error::new("wait", self.pid.to_string(), stop),
        }
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Somebody has to wait for it, or it stays a zombie.
        if let (None, Some(task), Ok(runtime)) = (self.status, self.task.take(), Handle::try_current()) {
            let pid = self.pid;
            runtime.spawn(async move {
                let _ = task.wait(|task| wait_child(task, pid, proc::WaitOptions::empty())).await;
            });
        }
    }
}

fn wait_child(task: &Task, pid: Pid, options: proc::WaitOptions) -> Result<Option<ExitStatus>, Fault> {
    let status = task.wait_child(proc::WaitFor::Child(pid), options)?;
    Ok(status.and_then(|status| match status.change {
        proc::StateChange::Exited(status) => Some(ExitStatus::Exited(status)),
        proc::StateChange::Signaled(signal) => Some(ExitStatus::Signaled(signal)),
        // Not asked for.
        proc::StateChange::Stopped(_) | proc::StateChange::Continued => None,
    }))
}
