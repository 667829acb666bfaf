//! POSIX tcgetattr() and isatty().

use super::Attributes;
use crate::{Errno, Fault, Fd, Kernel, Result, Tid};

impl Kernel {
    /// The modes of a terminal, asked by either side.
    pub fn get_terminal_attributes(&mut self, tid: Tid, fd: Fd) -> Result<Attributes> {
        let pid = self.enter(tid)?;
        let (pty, _) = self.live_pty_of(pid, fd)?;
        Ok(self.pty(pty).line.attributes)
    }

    /// Whether a descriptor is a terminal, or the master of one.
    pub fn is_terminal(&mut self, tid: Tid, fd: Fd) -> Result<bool> {
        let pid = self.enter(tid)?;
        match self.pty_of(pid, fd) {
            Ok((pty, _)) => Ok(!self.pty(pty).hung_up),
            Err(Errno::NOTTY) => Ok(false),
            Err(errno) => Err(Fault::Errno(errno)),
        }
    }
}
