//! The system as a whole: boot, mounts, limits, timers, snapshot.

use serde::{Deserialize, Serialize};

/// Bounds of the whole virtual machine; see `system.limits` in the WIT.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Limits {
    pub processes: u32,
    pub open_files: u32,
    pub open_files_per_process: u32,
    pub memory: u64,
    pub inodes: u64,
    pub pipe_capacity: u32,
    pub cpu: u64,
}

/// Timers that are to fire.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Timers {}
