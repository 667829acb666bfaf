//! POSIX umask().

use crate::{Kernel, Result, Tid};

impl Kernel {
    /// Sets the file mode creation mask and gives the one before.
    pub fn umask(&mut self, tid: Tid, mask: u32) -> Result<u32> {
        let pid = self.enter(tid)?;
        Ok(std::mem::replace(&mut self.process_mut(pid).umask, mask & 0o777))
    }
}
