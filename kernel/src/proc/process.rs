//! One process.

use serde::{Deserialize, Serialize};

use super::account::Usage;
use super::alarm::Alarm;
use super::limits::{Limits, Resource};
use super::signal::SignalState;
use super::wait::StateChange;
use crate::fs::{Credentials, Location};
use crate::open_file::{DescriptorTable, OpenFileId};
use crate::{Fd, Instant, Pid, Tid, WaitQueue};

/// A process. A zombie keeps what `wait` and `ps` ask for; the rest of it has been given back.
#[derive(Debug, Serialize, Deserialize)]
#[allow(missing_docs)]
pub struct Process {
    pub pid: Pid,
    pub parent: Pid,
    pub group: Pid,
    pub session: Pid,
    pub status: Status,
    /// A stop or continuation that nobody has waited for.
    pub change: Option<StateChange>,
    /// Its parent ended before it: nobody will wait for it.
    pub orphan: bool,
    pub tasks: Vec<Tid>,
    pub descriptors: DescriptorTable,
    pub cwd: Location,
    pub umask: u32,
    pub uid: u32,
    pub gid: u32,
    pub effective_uid: u32,
    pub effective_gid: u32,
    pub limits: Limits,
    pub nice: i8,
    pub signals: SignalState,
    pub alarm: Option<Alarm>,
    /// Absolute path of its program.
    #[serde(with = "serde_bytes")]
    pub path: Vec<u8>,
    /// The program's file, for `read_program`.
    pub program_file: Option<OpenFileId>,
    pub arguments: Vec<serde_bytes::ByteBuf>,
    pub environment: Vec<serde_bytes::ByteBuf>,
    /// What `ps` shows in place of the program's name.
    pub title: Option<serde_bytes::ByteBuf>,
    pub started: Instant,
    pub usage: Usage,
    /// Of children that were waited for, and theirs.
    pub children_usage: Usage,
    /// Bytes of memory at present.
    pub memory: u64,
    /// Tasks that wait for a child.
    pub waiters: WaitQueue,
}

/// What a process is doing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Status {
    /// It may run.
    #[default]
    Running,
    /// It was stopped by this signal.
    Stopped(u8),
    /// It has ended, and its parent has yet to wait for it.
    Zombie(StateChange),
}

impl Process {
    /// A process of its own group and session, without descriptors or tasks, in this directory.
    pub(crate) fn new(pid: Pid, cwd: Location) -> Self {
        Self {
            pid,
            parent: 0,
            group: pid,
            session: pid,
            status: Status::Running,
            change: None,
            orphan: false,
            tasks: Vec::new(),
            descriptors: DescriptorTable::default(),
            cwd,
            umask: 0,
            uid: 0,
            gid: 0,
            effective_uid: 0,
            effective_gid: 0,
            limits: Limits::default(),
            nice: 0,
            signals: SignalState::default(),
            alarm: None,
            path: Vec::new(),
            program_file: None,
            arguments: Vec::new(),
            environment: Vec::new(),
            title: None,
            started: 0,
            usage: Usage::default(),
            children_usage: Usage::default(),
            memory: 0,
            waiters: WaitQueue::default(),
        }
    }

    /// Ids for permission checks.
    pub fn credentials(&self) -> Credentials {
        Credentials {
            uid: self.uid,
            gid: self.gid,
            effective_uid: self.effective_uid,
            effective_gid: self.effective_gid,
        }
    }

    /// Path of the program, for the audit log.
    pub fn program(&self) -> &[u8] {
        &self.path
    }

    /// Whether it has ended.
    pub fn is_zombie(&self) -> bool {
        matches!(self.status, Status::Zombie(_))
    }

    /// RLIMIT_NOFILE, as a descriptor number.
    pub fn open_files_limit(&self) -> Fd {
        Fd::try_from(self.limits.get(Resource::OpenFiles).soft).unwrap_or(Fd::MAX)
    }

    /// RLIMIT_FSIZE, in bytes.
    pub fn file_size_limit(&self) -> u64 {
        self.limits.get(Resource::FileSize).soft
    }

    /// The name `ps` shows: the title, or the last component of the program's path.
    pub fn name(&self) -> &[u8] {
        match &self.title {
            Some(title) => title,
            None => self.path.rsplit(|&byte| byte == b'/').next().unwrap_or_default(),
        }
    }
}
