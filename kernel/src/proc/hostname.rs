//! POSIX gethostname(), and sethostname().

use crate::{Errno, Kernel, Result, Tid};

/// HOST_NAME_MAX.
const MAX: usize = 64;

impl Kernel {
    /// The name of the virtual machine.
    pub fn get_hostname(&mut self, tid: Tid) -> Result<Vec<u8>> {
        self.enter(tid)?;
        Ok(self.state.hostname.clone())
    }

    /// Renames the virtual machine; for the privileged.
    pub fn set_hostname(&mut self, tid: Tid, name: &[u8]) -> Result<()> {
        let pid = self.enter(tid)?;
        if self.process(pid).effective_uid != 0 {
            return Err(Errno::PERM.into());
        }
        if name.len() > MAX {
            return Err(Errno::NAMETOOLONG.into());
        }
        self.state.hostname = name.to_vec();
        Ok(())
    }
}
