//! POSIX getrlimit(), setrlimit().

use serde::{Deserialize, Serialize};

use crate::{Errno, Kernel, Pid, Result, Tid};

/// A bounded resource.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Resource {
    Cpu,
    FileSize,
    Data,
    Stack,
    Core,
    Resident,
    Processes,
    OpenFiles,
    Locked,
    AddressSpace,
}

/// A limit. `u64::MAX` is none. Seconds, bytes or counts, as for getrlimit().
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limit {
    pub soft: u64,
    pub hard: u64,
}

impl Limit {
    /// No limit.
    pub const NONE: Self = Self { soft: u64::MAX, hard: u64::MAX };
}

/// All limits of a process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Limits([Limit; 10]);

impl Default for Limits {
    fn default() -> Self {
        let mut limits = Self([Limit::NONE; 10]);
        limits.set(Resource::OpenFiles, Limit { soft: 1024, hard: 1 << 20 });
        limits.set(Resource::Stack, Limit { soft: 8 << 20, hard: u64::MAX });
        limits.set(Resource::Core, Limit { soft: 0, hard: u64::MAX });
        limits
    }
}

impl Limits {
    /// One of them.
    pub fn get(&self, resource: Resource) -> Limit {
        self.0[resource as usize]
    }

    pub(crate) fn set(&mut self, resource: Resource, limit: Limit) {
        self.0[resource as usize] = limit;
    }
}

impl Kernel {
    /// A limit of a process; 0 is the caller.
    pub fn get_limit(&mut self, tid: Tid, pid: Pid, resource: Resource) -> Result<Limit> {
        let caller = self.enter(tid)?;
        let pid = self.subject(caller, pid)?;
        Ok(self.process(pid).limits.get(resource))
    }

    /// Sets a limit of a process; 0 is the caller. Only the privileged raise a hard limit. Those of pid 1, which every
    /// program that the embedder starts begins with, are the embedder's alone: `PERM` for whoever runs in the machine.
    pub fn set_limit(&mut self, tid: Tid, pid: Pid, resource: Resource, limit: Limit) -> Result<()> {
        let caller = self.enter(tid)?;
        let pid = self.subject(caller, pid)?;
        if pid == 1 && caller != 1 {
            return Err(Errno::PERM.into());
        }
        let privileged = self.process(caller).effective_uid == 0;
        Ok(self.change_limit(pid, resource, limit, privileged)?)
    }

    pub(crate) fn change_limit(
        &mut self,
        pid: Pid,
        resource: Resource,
        limit: Limit,
        privileged: bool,
    ) -> Result<(), Errno> {
        if limit.soft > limit.hard {
            return Err(Errno::INVAL);
        }
        let limits = &mut self.process_mut(pid).limits;
        if limit.hard > limits.get(resource).hard && !privileged {
            return Err(Errno::PERM);
        }
        limits.set(resource, limit);
        Ok(())
    }

    /// The process that a call is about, 0 being the caller: one of its own user's, unless privileged.
    pub(super) fn subject(&self, caller: Pid, pid: Pid) -> Result<Pid, Errno> {
        if pid == 0 || pid == caller {
            return Ok(caller);
        }
        let process = self.state.processes.get(pid).ok_or(Errno::SRCH)?;
        let asking = self.process(caller);
        if asking.effective_uid == 0 || asking.uid == process.uid { Ok(pid) } else { Err(Errno::PERM) }
    }
}
