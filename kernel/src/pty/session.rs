//! POSIX tcgetsid().

use super::Side;
use crate::{Errno, Fd, Kernel, Pid, Result, Tid};

impl Kernel {
    /// The session that a terminal controls; `NOTTY` unless it is the caller's, or the descriptor is the master.
    pub fn get_terminal_session(&mut self, tid: Tid, fd: Fd) -> Result<Pid> {
        let pid = self.enter(tid)?;
        let (pty, side) = self.live_pty_of(pid, fd)?;
        if side == Side::Terminal && self.controlling_terminal(pid) != Some(pty) {
            return Err(Errno::NOTTY.into());
        }
        Ok(self.pty(pty).session.ok_or(Errno::NOTTY)?)
    }
}
