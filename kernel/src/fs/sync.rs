//! POSIX fsync() and fdatasync().

use crate::open_file::FileObject;
use crate::{Errno, Fd, Kernel, Result, Tid};

impl Kernel {
    /// Has the host write an open file to its disk. What lies in kernel memory is as safe as it gets.
    pub fn sync(&mut self, tid: Tid, fd: Fd, data_only: bool) -> Result<()> {
        let pid = self.enter(tid)?;
        let file = self.usable_file(pid, fd)?;
        match &self.file(file).object {
            FileObject::Node(node) => match node.handle {
                Some(handle) => Ok(self.host.store_sync(handle, data_only)?),
                None => Ok(()),
            },
            _ => Err(Errno::INVAL.into()),
        }
    }
}
