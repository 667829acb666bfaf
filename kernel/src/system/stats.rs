//! Figures of the whole system.

use crate::Kernel;

/// See `system.statistics` in the WIT.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    pub processes: u32,
    pub tasks: u32,
    pub open_files: u32,
    pub inodes: u64,
    pub memory: u64,
    pub cpu: u64,
}

impl Kernel {
    /// Figures of the whole system.
    pub fn stats(&self) -> Stats {
        Stats {
            processes: self.state.processes.len() as u32,
            tasks: self.state.processes.task_count() as u32,
            open_files: self.state.files.len() as u32,
            inodes: self.state.vfs.inodes.len() as u64,
            memory: self.state.memory,
            cpu: self.state.processes.cpu,
        }
    }
}
