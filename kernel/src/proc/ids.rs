//! POSIX getpid() and its kin, setreuid(), setregid().

use super::process::Process;
use crate::{Errno, Kernel, Pid, Result, Tid};

/// Who a process is.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ids {
    pub pid: Pid,
    pub parent: Pid,
    pub group: Pid,
    pub session: Pid,
    pub uid: u32,
    pub euid: u32,
    pub gid: u32,
    pub egid: u32,
}

impl From<&Process> for Ids {
    fn from(process: &Process) -> Self {
        Self {
            pid: process.pid,
            parent: process.parent,
            group: process.group,
            session: process.session,
            uid: process.uid,
            euid: process.effective_uid,
            gid: process.gid,
            egid: process.effective_gid,
        }
    }
}

impl Kernel {
    /// The caller's ids.
    pub fn get_ids(&mut self, tid: Tid) -> Result<Ids> {
        let pid = self.enter(tid)?;
        Ok(self.process(pid).into())
    }

    /// Ids of another process; 0 is the caller.
    pub fn get_ids_of(&mut self, tid: Tid, pid: Pid) -> Result<Ids> {
        let caller = self.enter(tid)?;
        let pid = if pid == 0 { caller } else { pid };
        Ok(self.state.processes.get(pid).ok_or(Errno::SRCH)?.into())
    }

    /// Sets the real and the effective user, where given. The unprivileged may only swap them.
    pub fn set_uid(&mut self, tid: Tid, real: Option<u32>, effective: Option<u32>) -> Result<()> {
        let pid = self.enter(tid)?;
        let process = self.process_mut(pid);
        let allowed = |id: Option<u32>| id.is_none_or(|id| [process.uid, process.effective_uid].contains(&id));
        if process.effective_uid != 0 && !(allowed(real) && allowed(effective)) {
            return Err(Errno::PERM.into());
        }
        process.uid = real.unwrap_or(process.uid);
        process.effective_uid = effective.unwrap_or(process.effective_uid);
        Ok(())
    }

    /// Sets the real and the effective group, where given. The unprivileged may only swap them.
    pub fn set_gid(&mut self, tid: Tid, real: Option<u32>, effective: Option<u32>) -> Result<()> {
        let pid = self.enter(tid)?;
        let process = self.process_mut(pid);
        let allowed = |id: Option<u32>| id.is_none_or(|id| [process.gid, process.effective_gid].contains(&id));
        if process.effective_uid != 0 && !(allowed(real) && allowed(effective)) {
            return Err(Errno::PERM.into());
        }
        process.gid = real.unwrap_or(process.gid);
        process.effective_gid = effective.unwrap_or(process.effective_gid);
        Ok(())
    }
}
