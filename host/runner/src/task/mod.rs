//! A task's handle: every system call, and the two ways to wait for one.

mod calls;
mod io;

use std::fmt;
use std::sync::Arc;

pub use io::{Gather, Scatter};

use crate::{Errno, Fault, Kernel, Parker, Tid};

/// One task (thread of a process) of a kernel.
///
/// Its methods are the functions of `vivarium:kernel`, without the tid. Each returns at once; where one answers
/// [`Fault::Blocked`], [`Task::wait`] and [`Task::wait_blocking`] repeat it when the kernel says so. A task makes one call
/// at a time: calls that wait at the same time need tasks of their own ([`Task::fork`]).
pub struct Task {
    kernel: Arc<Kernel>,
    tid: Tid,
    parker: Arc<Parker>,
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Task").field("tid", &self.tid).finish_non_exhaustive()
    }
}

impl Task {
    pub(crate) fn new(kernel: Arc<Kernel>, tid: Tid, parker: Arc<Parker>) -> Self {
        Self { kernel, tid, parker }
    }

    /// The kernel it belongs to.
    pub fn kernel(&self) -> &Arc<Kernel> {
        &self.kernel
    }

    /// Its number.
    pub fn tid(&self) -> Tid {
        self.tid
    }

    /// Where it sleeps.
    pub fn parker(&self) -> &Arc<Parker> {
        &self.parker
    }

    /// A further task in the same process. It ends when it is dropped.
    pub fn fork(&self) -> Result<Task, Fault> {
        self.task_create().map(|tid| self.kernel.task(tid))
    }

    /// Repeats `call` until it no longer would block.
    ///
    /// ## Errors
    /// The call's own, or `None` where the task is gone.
    pub async fn wait<T>(&self, mut call: impl FnMut(&Self) -> Result<T, Fault>) -> Result<T, Stop> {
        loop {
            self.parker.take();
            match call(self) {
                Err(Fault::Blocked) => self.parker.park().await,
                result => return result.map_err(Stop::from),
            }
        }
    }

    /// As [`Task::wait`], for a call that has a deadline of its own.
    pub async fn wait_until<T>(
        &self,
        deadline: Option<u64>,
        mut call: impl FnMut(&Self) -> Result<T, Fault>,
    ) -> Result<T, Stop> {
        loop {
            self.parker.take();
            match call(self) {
                Err(Fault::Blocked) => self.parker.park_until(deadline).await,
                result => return result.map_err(Stop::from),
            }
        }
    }

    /// As [`Task::wait_until`], for a thread of its own.
    pub fn wait_blocking<T>(
        &self,
        deadline: Option<u64>,
        mut call: impl FnMut(&Self) -> Result<T, Fault>,
    ) -> Result<T, Stop> {
        loop {
            self.parker.take();
            match call(self) {
                Err(Fault::Blocked) => self.parker.park_thread_until(deadline),
                result => return result.map_err(Stop::from),
            }
        }
    }
}

impl Drop for Task {
    fn drop(&mut self) {
        self.kernel.forget(self.tid, &self.parker);
        // The kernel ends the process with its last task; of one that is over already it knows nothing more.
        let _ = self.kernel.call(|instance| {
            let proc = instance.kernel.proc(&mut instance.store)?;
            proc.call_task_exit(&mut instance.store, self.tid).map(Ok)
        });
    }
}

/// Why a call that was waited for gave no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Stop {
    /// It failed.
    #[error("{0:?}")]
    Errno(Errno),
    /// The task is over: unwind.
    #[error("the task is over")]
    Gone,
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Errno(errno) => Self::Errno(errno),
            Fault::Gone => Self::Gone,
            // Calls that cannot block are not waited for.
            Fault::Blocked => Self::Errno(Errno::Again),
        }
    }
}

impl From<Errno> for Stop {
    fn from(errno: Errno) -> Self {
        Self::Errno(errno)
    }
}
