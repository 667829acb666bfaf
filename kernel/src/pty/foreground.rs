//! POSIX tcgetpgrp() and tcsetpgrp().

use super::Side;
use crate::proc::number::TTOU;
use crate::{Errno, Fd, Kernel, Pid, Result, Tid};

impl Kernel {
    /// The foreground process group; 0 where there is none. `NOTTY` unless this is the caller's controlling terminal, or its
    /// master.
    pub fn get_foreground(&mut self, tid: Tid, fd: Fd) -> Result<Pid> {
        let pid = self.enter(tid)?;
        let (pty, side) = self.live_pty_of(pid, fd)?;
        if side == Side::Terminal && self.controlling_terminal(pid) != Some(pty) {
            return Err(Errno::NOTTY.into());
        }
        Ok(self.pty(pty).foreground.unwrap_or(0))
    }

    /// Makes a group of the caller's session the foreground one of its controlling terminal.
    pub fn set_foreground(&mut self, tid: Tid, fd: Fd, group: Pid) -> Result<()> {
        let pid = self.enter(tid)?;
        let (pty, _) = self.live_pty_of(pid, fd)?;
        if self.controlling_terminal(pid) != Some(pty) {
            return Err(Errno::NOTTY.into());
        }
        self.check_foreground(tid, pty, TTOU)?;
        if group == 0 || group > i32::MAX as u32 {
            return Err(Errno::INVAL.into());
        }
        let session = self.process(pid).session;
        let exists = self.state.processes.iter().any(|member| member.group == group && member.session == session);
        if !exists {
            return Err(Errno::PERM.into());
        }
        self.terminal_set_foreground(pty, group);
        Ok(())
    }

    pub(crate) fn terminal_foreground(&self, pty: u32) -> Option<Pid> {
        self.state.ptys.get(pty)?.foreground
    }

    pub(crate) fn terminal_set_foreground(&mut self, pty: u32, group: Pid) {
        if let Some(entry) = self.state.ptys.get_mut(pty) {
            entry.foreground = Some(group);
        }
    }
}
