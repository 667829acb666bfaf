//! POSIX chdir() and fchdir().

use super::resolve::Found;
use super::{AccessMode, FileKind};
use crate::{AT_FDCWD, Errno, Fd, Kernel, Pid, Result, Tid};

impl Kernel {
    /// Changes the current directory of the process.
    pub fn chdir(&mut self, tid: Tid, path: &[u8]) -> Result<()> {
        let pid = self.enter(tid)?;
        Ok(self.chdir_to(pid, path)?)
    }

    /// Changes the current directory to an open one.
    pub fn fchdir(&mut self, tid: Tid, fd: Fd) -> Result<()> {
        let pid = self.enter(tid)?;
        Ok(self.fchdir_to(pid, fd)?)
    }

    pub(crate) fn chdir_to(&mut self, pid: Pid, path: &[u8]) -> Result<(), Errno> {
        let found = self.resolve(pid, AT_FDCWD, path, true)?;
        self.set_cwd(pid, found)
    }

    pub(crate) fn fchdir_to(&mut self, pid: Pid, fd: Fd) -> Result<(), Errno> {
        let place = self.directory_of(pid, fd)?;
        self.set_cwd(pid, Found { place, stat: None })
    }

    fn set_cwd(&mut self, pid: Pid, found: Found) -> Result<(), Errno> {
        let permissions = self.permissions_of(&found)?;
        if permissions.kind != FileKind::Directory {
            return Err(Errno::NOTDIR);
        }
        self.process(pid).credentials().check(permissions, AccessMode::EXECUTE)?;
        let location = self.hold(found.place);
        let before = std::mem::replace(&mut self.process_mut(pid).cwd, location);
        self.location_drop(before);
        Ok(())
    }
}
