//! Duplicating descriptors: POSIX dup(), dup3(), fcntl(F_DUPFD).

use crate::open_file::Descriptor;
use crate::{Errno, Fd, Kernel, Result, Tid};

impl Kernel {
    /// The lowest free descriptor not below `at_least`, for the same open file.
    pub fn dup(&mut self, tid: Tid, fd: Fd, at_least: Fd, close_on_exec: bool) -> Result<Fd> {
        let pid = self.enter(tid)?;
        let file = self.open_file(pid, fd)?;
        if at_least >= self.process(pid).open_files_limit() {
            return Err(Errno::INVAL.into());
        }
        self.retain(file);
        Ok(self.install_descriptor(pid, at_least, Descriptor { file, close_on_exec })?)
    }

    /// Makes `to` a duplicate of `fd`, closing what it was. The two must differ (`INVAL`).
    pub fn dup_to(&mut self, tid: Tid, fd: Fd, to: Fd, close_on_exec: bool) -> Result<()> {
        let pid = self.enter(tid)?;
        let file = self.open_file(pid, fd)?;
        if fd == to {
            return Err(Errno::INVAL.into());
        }
        if to >= self.process(pid).open_files_limit().min(self.state.limits.open_files_per_process) {
            return Err(Errno::BADF.into());
        }
        self.retain(file);
        // It need not have been open.
        let _ = self.close_descriptor(pid, to);
        self.process_mut(pid).descriptors.set(to, Descriptor { file, close_on_exec });
        Ok(())
    }

    /// FD_CLOEXEC.
    pub fn get_close_on_exec(&mut self, tid: Tid, fd: Fd) -> Result<bool> {
        let pid = self.enter(tid)?;
        Ok(self.process(pid).descriptors.get(fd)?.close_on_exec)
    }

    /// Sets FD_CLOEXEC.
    pub fn set_close_on_exec(&mut self, tid: Tid, fd: Fd, value: bool) -> Result<()> {
        let pid = self.enter(tid)?;
        self.process_mut(pid).descriptors.get_mut(fd)?.close_on_exec = value;
        Ok(())
    }
}
