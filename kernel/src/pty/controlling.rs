//! The controlling terminal of a session (POSIX 11.1.3).

use super::Side;
use crate::proc::number::{CONT, HUP};
use crate::{Errno, Fd, Kernel, Pid, Result, Tid};

impl Kernel {
    /// Makes a terminal the controlling one of the caller's session, which the caller must lead (TIOCSCTTY).
    pub fn set_controlling(&mut self, tid: Tid, fd: Fd) -> Result<()> {
        let pid = self.enter(tid)?;
        Ok(self.acquire_terminal(pid, fd)?)
    }

    /// Gives the controlling terminal of the caller's session up, which the caller must lead (TIOCNOTTY).
    pub fn release_controlling(&mut self, tid: Tid) -> Result<()> {
        let pid = self.enter(tid)?;
        let pty = self.controlling_terminal(pid).ok_or(Errno::NOTTY)?;
        if self.process(pid).session != pid {
            return Err(Errno::PERM.into());
        }
        if let Some(session) = self.state.processes.sessions.get_mut(&pid) {
            session.terminal = None;
        }
        if let Some(group) = self.terminal_release(pty) {
            self.raise_group(group, HUP);
            self.raise_group(group, CONT);
        }
        self.enter(tid).map(drop)
    }

    /// As `set_controlling`, for a process.
    pub(crate) fn acquire_terminal(&mut self, pid: Pid, fd: Fd) -> Result<(), Errno> {
        let (pty, side) = self.live_pty_of(pid, fd)?;
        if side == Side::Master {
            return Err(Errno::NOTTY);
        }
        let leads = self.process(pid).session == pid;
        match (self.controlling_terminal(pid), self.pty(pty).session) {
            (Some(own), _) if own == pty => Ok(()),
            (None, None) if leads => {
                self.make_controlling(pid, pty);
                Ok(())
            }
            _ => Err(Errno::PERM),
        }
    }

    /// Makes a free terminal the controlling one of a session that has none.
    pub(super) fn make_controlling(&mut self, leader: Pid, pty: u32) {
        let group = self.process(leader).group;
        if let Some(session) = self.state.processes.sessions.get_mut(&leader) {
            session.terminal = Some(pty);
            let entry = self.pty_mut(pty);
            (entry.session, entry.foreground) = (Some(leader), Some(group));
        }
    }

    /// The session that a terminal controlled has let it go: gives the foreground group.
    pub(crate) fn terminal_release(&mut self, pty: u32) -> Option<Pid> {
        let entry = self.state.ptys.get_mut(pty)?;
        entry.session = None;
        entry.foreground.take()
    }
}
