//! File status flags: POSIX fcntl() with F_GETFL and F_SETFL.

use super::StatusFlags;
use crate::open_file::OpenFlags;
use crate::{Fd, Kernel, Result, Tid};

impl Kernel {
    /// The status flags of an open file, with its access mode.
    pub fn get_flags(&mut self, tid: Tid, fd: Fd) -> Result<OpenFlags> {
        let pid = self.enter(tid)?;
        let file = self.open_file(pid, fd)?;
        Ok(self.file(file).flags)
    }

    /// Sets the status flags that may change after open.
    pub fn set_flags(&mut self, tid: Tid, fd: Fd, flags: StatusFlags) -> Result<()> {
        let pid = self.enter(tid)?;
        let file = self.usable_file(pid, fd)?;
        let open = &mut self.file_mut(file).flags;
        open.set(OpenFlags::APPEND, flags.contains(StatusFlags::APPEND));
        open.set(OpenFlags::NONBLOCK, flags.contains(StatusFlags::NONBLOCK));
        Ok(())
    }
}
