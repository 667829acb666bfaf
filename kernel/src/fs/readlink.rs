//! POSIX readlinkat().

use crate::{Fd, Kernel, Result, Tid};

impl Kernel {
    /// The content of a symbolic link; an empty path means `dir` itself.
    pub fn readlink(&mut self, tid: Tid, dir: Fd, path: &[u8]) -> Result<Vec<u8>> {
        let pid = self.enter(tid)?;
        let found = self.resolve_or_self(pid, dir, path, false)?;
        Ok(self.read_link(pid, &found.place)?)
    }
}
