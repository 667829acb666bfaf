//! Processes, tasks, signals and limits.

use serde::{Deserialize, Serialize};

use crate::open_file::DescriptorTable;
use crate::{Fd, Pid, Result, Tid};

/// A process.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Process {
    /// Its descriptors.
    pub descriptors: DescriptorTable,
}

impl Process {
    /// RLIMIT_NOFILE, as a descriptor number.
    pub fn open_files_limit(&self) -> Fd {
        1024
    }
}

/// The process table.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Processes {}

impl Processes {
    /// See `Kernel::enter`.
    pub fn enter(&mut self, _tid: Tid) -> Result<Pid> {
        Ok(1)
    }

    /// The process with this pid.
    pub fn get(&self, _pid: Pid) -> Option<&Process> {
        None
    }

    /// The process with this pid, to change.
    pub fn get_mut(&mut self, _pid: Pid) -> Option<&mut Process> {
        None
    }

    /// Whether a caught signal is pending for the task.
    pub fn interrupted(&self, _tid: Tid) -> bool {
        false
    }
}
