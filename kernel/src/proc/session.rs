//! Sessions and process groups: POSIX setsid(), setpgid().

use serde::{Deserialize, Serialize};

use crate::{Errno, Kernel, Pid, Result, Tid};

/// A session.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Session {
    /// Its controlling terminal.
    pub terminal: Option<u32>,
}

impl Kernel {
    /// POSIX setsid().
    pub fn set_session(&mut self, tid: Tid) -> Result<Pid> {
        let pid = self.enter(tid)?;
        Ok(self.new_session(pid)?)
    }

    pub(crate) fn new_session(&mut self, pid: Pid) -> Result<Pid, Errno> {
        // A group that outlives its leader would lie across two sessions.
        if self.process(pid).group == pid || !self.state.processes.group(pid).is_empty() {
            return Err(Errno::PERM);
        }
        let before = self.process(pid).session;
        let process = self.process_mut(pid);
        (process.session, process.group) = (pid, pid);
        self.state.processes.sessions.insert(pid, Session::default());
        self.forget_session(before);
        Ok(pid)
    }

    /// Drops a session that has no process left.
    pub(crate) fn forget_session(&mut self, session: Pid) {
        if !self.state.processes.iter().any(|process| process.session == session) {
            self.state.processes.sessions.remove(&session);
        }
    }

    /// POSIX setpgid(); 0 stands for the caller's pid, and for the process's own pid.
    pub fn set_group(&mut self, tid: Tid, pid: Pid, group: Pid) -> Result<()> {
        let caller = self.enter(tid)?;
        let pid = if pid == 0 { caller } else { pid };
        Ok(self.join_group(caller, pid, if group == 0 { pid } else { group })?)
    }

    pub(crate) fn join_group(&mut self, caller: Pid, pid: Pid, group: Pid) -> Result<(), Errno> {
        let process = self.state.processes.get(pid).filter(|process| !process.is_zombie()).ok_or(Errno::SRCH)?;
        if pid != caller && process.parent != caller {
            return Err(Errno::SRCH);
        }
        let session = process.session;
        if session != self.process(caller).session || session == pid {
            return Err(Errno::PERM);
        }
        let exists = |member: &super::Process| member.group == group && member.session == session;
        if group != pid && !self.state.processes.iter().any(exists) {
            return Err(Errno::PERM);
        }
        self.process_mut(pid).group = group;
        Ok(())
    }

    /// The controlling terminal of a process's session.
    pub(crate) fn controlling_terminal(&self, pid: Pid) -> Option<u32> {
        self.state.processes.sessions.get(&self.process(pid).session)?.terminal
    }
}
