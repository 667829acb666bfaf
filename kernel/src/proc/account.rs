//! What processes use: POSIX getrusage(), and the limits on CPU time.

use serde::{Deserialize, Serialize};

use super::limits::Resource;
use super::signal::number;
use super::wait::StateChange;
use crate::{Kernel, Pid, Result, Tid, Verdict};

/// CPU times in nanoseconds, memory in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Usage {
    /// Running guest code.
    pub user: u64,
    /// Running for it in the kernel; counted with `user` where the host cannot tell.
    pub system: u64,
    /// The most memory it had.
    pub max_memory: u64,
}

const SECOND: u64 = 1_000_000_000;

impl Usage {
    /// Times added up; the greater of the memories.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            user: self.user.saturating_add(other.user),
            system: self.system.saturating_add(other.system),
            max_memory: self.max_memory.max(other.max_memory),
        }
    }
}

impl Kernel {
    /// Usage of the process itself, then of its waited-for children.
    pub fn get_usage(&mut self, tid: Tid) -> Result<(Usage, Usage)> {
        let pid = self.enter(tid)?;
        let process = self.process(pid);
        Ok((process.usage, process.children_usage))
    }

    /// Takes note of CPU nanoseconds used and of the present size of the process's memory.
    pub fn account(&mut self, tid: Tid, cpu: u64, memory: u64) -> Result<()> {
        let Some(pid) = self.state.processes.of_task(tid) else { return self.enter(tid).map(drop) };
        let process = self.process_mut(pid);
        process.memory = memory;
        process.usage.max_memory = process.usage.max_memory.max(memory);
        self.account_cpu(pid, cpu);
        self.enter(tid).map(drop)
    }

    pub(crate) fn account_cpu(&mut self, pid: Pid, cpu: u64) {
        self.state.processes.cpu = self.state.processes.cpu.saturating_add(cpu);
        let process = self.process_mut(pid);
        let before = process.usage.user;
        process.usage.user = before.saturating_add(cpu);
        let limit = process.limits.get(Resource::Cpu);
        let (seconds, seconds_before) = (process.usage.user / SECOND, before / SECOND);
        if seconds >= limit.hard {
            self.terminate(pid, StateChange::Signaled(number::KILL));
        } else if seconds >= limit.soft && seconds > seconds_before {
            self.raise(pid, number::XCPU);
        }
        let limit = self.state.limits.cpu;
        if limit != 0 && self.state.processes.cpu >= limit {
            self.end_all("CPU limit of the virtual machine");
        }
    }

    fn end_all(&mut self, reason: &str) {
        for pid in self.state.processes.pids(|process| process.pid != 1 && !process.is_zombie()) {
            // Ending one may have ended another.
            if let Some(process) = self.state.processes.get(pid) {
                let path = process.path.clone();
                self.audit_event(pid, "run", &path, Verdict::Denied, reason);
                self.terminate(pid, StateChange::Signaled(number::KILL));
            }
        }
    }
}
