//! POSIX faccessat().

use super::{AccessMode, FileKind};
use crate::{Fd, Kernel, Result, Tid};

impl Kernel {
    /// Whether the process may use a file so: by its real user and group, or (`effective`) its effective ones.
    pub fn access(&mut self, tid: Tid, dir: Fd, path: &[u8], mode: AccessMode, effective: bool) -> Result<()> {
        let pid = self.enter(tid)?;
        let credentials = self.process(pid).credentials();
        let credentials = if effective { credentials } else { credentials.real() };
        let found = self.resolve_or_self(pid, dir, path, true)?;
        let permissions = self.permissions_of(&found)?;
        credentials.check(permissions, mode)?;
        // Devices and fifos are written without their file system being written to.
        if mode.contains(AccessMode::WRITE) && matches!(permissions.kind, FileKind::Regular | FileKind::Directory) {
            self.state.vfs.check_writable(found.place.mount)?;
        }
        Ok(())
    }
}
