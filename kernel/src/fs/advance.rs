//! Accounting for bytes that the embedder has moved itself.

use super::WatchEvents;
use super::location::Node;
use crate::open_file::{FileObject, OpenFlags};
use crate::{Errno, Fd, Kernel, Result, Tid};

impl Kernel {
    /// Moves the file position on by `count` bytes that were read or written at the extent last given for it.
    pub fn advance(&mut self, tid: Tid, fd: Fd, count: u64) -> Result<()> {
        let pid = self.enter(tid)?;
        let file = self.usable_file(pid, fd)?;
        let open = self.file(file);
        let FileObject::Node(node) = &open.object else { return Err(Errno::SPIPE.into()) };
        let appended = match (&node.location.node, node.handle) {
            (Node::Store(_), Some(handle)) if open.flags.contains(OpenFlags::APPEND | OpenFlags::WRITE) => Some(handle),
            _ => None,
        };
        let written = open.flags.contains(OpenFlags::WRITE);
        let offset = match appended {
            Some(handle) => self.host.store_stat(handle)?.size,
            None => open.offset.checked_add(count).ok_or(Errno::OVERFLOW)?,
        };
        self.file_mut(file).offset = offset;
        if written {
            let place = self.place_of_file(file);
            self.notify(&place, WatchEvents::MODIFY);
        }
        Ok(())
    }
}
