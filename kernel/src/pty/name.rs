//! POSIX ttyname() and ptsname().

use crate::{Fd, Kernel, Result, Tid};

impl Kernel {
    /// The path of a terminal, asked by either side.
    pub fn terminal_name(&mut self, tid: Tid, fd: Fd) -> Result<Vec<u8>> {
        let pid = self.enter(tid)?;
        let (pty, _) = self.live_pty_of(pid, fd)?;
        Ok(format!("/dev/pts/{pty}").into_bytes())
    }
}
