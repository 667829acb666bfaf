//! Tasks: the threads of a process.

use super::wait::StateChange;
use crate::{Kernel, Result, Tid};

impl Kernel {
    /// A further task in the caller's process.
    pub fn task_create(&mut self, tid: Tid) -> Result<Tid> {
        let pid = self.enter(tid)?;
        Ok(self.state.processes.new_task(pid))
    }

    /// Ends one task; with the last one its process ends.
    pub fn task_exit(&mut self, tid: Tid) {
        if let Some(pid) = self.state.processes.remove_task(tid)
            && self.process(pid).tasks.is_empty()
        {
            self.terminate(pid, StateChange::Exited(0));
        }
    }

    /// What a task is to do that was woken while it ran: `Gone`, end; `Blocked`, wait to be continued. `cpu` is what it used
    /// since the last report, in nanoseconds.
    pub fn check(&mut self, tid: Tid, cpu: u64) -> Result<()> {
        if let Some(pid) = self.state.processes.of_task(tid) {
            self.account_cpu(pid, cpu);
        }
        self.enter(tid).map(drop)
    }
}
