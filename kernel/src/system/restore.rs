//! The whole state out of bytes.
//!
//! A snapshot may come from anywhere: nothing in it is believed. What it decodes to is checked as a whole (`validate`)
//! before any call can see it.
//!
//! Wait queues are kept as they were. The embedder wakes every task it has carried over, and each repeats its call, so a
//! queue that is out of date costs one needless wake.

use super::snapshot::{Loaded, MAGIC};
use super::version::{SNAPSHOT, SNAPSHOT_OLDEST};
use crate::kernel::State;
use crate::{Kernel, Tid};

/// Why a snapshot was not restored.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RestoreError {
    /// The kernel was booted or restored before.
    #[error("the kernel is running already")]
    Running,
    /// The bytes do not begin as a snapshot does.
    #[error("not a snapshot")]
    NotASnapshot,
    /// It was written in another format.
    #[error("snapshot of format {found} by {by:?}; this kernel reads {oldest} to {newest}", oldest = SNAPSHOT_OLDEST, newest = SNAPSHOT)]
    Version {
        /// Its format version.
        found: u32,
        /// The kernel that wrote it.
        by: String,
    },
    /// It cannot be decoded.
    #[error("malformed snapshot: {0}")]
    Malformed(String),
    /// Its parts do not fit together.
    #[error("inconsistent snapshot: {0}")]
    Inconsistent(&'static str),
}

impl Kernel {
    /// Takes the state of a snapshot, in place of `boot`; gives the first task of pid 1.
    ///
    /// Time has stood still meanwhile: every instant in the state is moved by what the monotonic clock differs. Files of the
    /// host are used through the handles they had where those are still good, and are opened again by their paths where not.
    /// With `keep_tasks` false, every process but pid 1 is dropped, and every task of pid 1 but the first.
    ///
    /// # Errors
    ///
    /// See [`RestoreError`]. The kernel is then as it was, and may be booted.
    pub fn restore(&mut self, snapshot: &[u8], keep_tasks: bool) -> Result<Tid, RestoreError> {
        if !self.state.processes.is_empty() {
            return Err(RestoreError::Running);
        }
        let loaded = decode(snapshot)?;
        self.state = loaded.state;
        if let Err(reason) = self.validate() {
            self.state = State::default();
            return Err(RestoreError::Inconsistent(reason));
        }
        self.shift_time(loaded.saved_at);
        self.reopen_store_files();
        if !keep_tasks {
            self.drop_processes();
        }
        self.set_host_timer();
        let first = self.state.processes.get(1).and_then(|init| init.tasks.first());
        first.copied().ok_or(RestoreError::Inconsistent("pid 1 without a task"))
    }
}

fn decode(snapshot: &[u8]) -> Result<Loaded, RestoreError> {
    let rest = snapshot.strip_prefix(MAGIC).ok_or(RestoreError::NotASnapshot)?;
    let (version, rest) = rest.split_first_chunk().ok_or(RestoreError::NotASnapshot)?;
    let (length, rest) = rest.split_first_chunk().ok_or(RestoreError::NotASnapshot)?;
    let found = u32::from_le_bytes(*version);
    let length = usize::from(u16::from_le_bytes(*length));
    let (name, state) = rest.split_at_checked(length).ok_or(RestoreError::NotASnapshot)?;
    if !(SNAPSHOT_OLDEST..=SNAPSHOT).contains(&found) {
        return Err(RestoreError::Version { found, by: String::from_utf8_lossy(name).into_owned() });
    }
    rmp_serde::from_slice(state).map_err(|error| RestoreError::Malformed(error.to_string()))
}
