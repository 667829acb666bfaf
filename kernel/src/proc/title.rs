//! The name under which `ps` shows a process.

use crate::{Errno, Kernel, Result, Tid};

/// As much as a path may have.
const MAX: usize = 4096;

impl Kernel {
    /// Sets the name `ps` shows.
    pub fn set_title(&mut self, tid: Tid, title: &[u8]) -> Result<()> {
        let pid = self.enter(tid)?;
        if title.len() > MAX {
            return Err(Errno::TOOBIG.into());
        }
        self.process_mut(pid).title = Some(serde_bytes::ByteBuf::from(title));
        Ok(())
    }
}
