//! The system as a whole: boot, mounts, limits, timers, snapshot.

mod boot;
mod mount;
mod restore;
mod shift_time;
mod snapshot;
mod stats;
#[cfg(test)]
mod tests;
mod timers;
mod unmount;
mod validate;
mod version;

use serde::{Deserialize, Serialize};

pub use boot::{BootConfig, BootFailure};
pub use mount::{MountSource, MountSpec};
pub use restore::RestoreError;
pub use stats::Stats;
pub use timers::{Timer, Timers};
pub use version::{Version, version};

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
