//! POSIX posix_fallocate().

use super::FileKind;
use super::data::MAX_SIZE;
use super::inode::Content;
use super::location::Node;
use crate::open_file::FileObject;
use crate::{Errno, Fd, Kernel, Result, Tid};

impl Kernel {
    /// Makes sure that writing in this range will not fail for want of space; lengthens the file to hold it.
    pub fn allocate(&mut self, tid: Tid, fd: Fd, offset: u64, length: u64) -> Result<()> {
        let pid = self.enter(tid)?;
        let file = self.writable_file(pid, fd)?;
        let end = offset.checked_add(length).filter(|&end| end <= MAX_SIZE).ok_or(Errno::FBIG)?;
        if length == 0 {
            return Err(Errno::INVAL.into());
        }
        let node = match &self.file(file).object {
            FileObject::Node(node) if node.kind == FileKind::Regular => node,
            FileObject::Node(_) => return Err(Errno::NODEV.into()),
            _ => return Err(Errno::SPIPE.into()),
        };
        let (handle, place) = (node.handle, (*node.location).clone());
        let size = self.stat_of_file(file)?.size;
        if end > size {
            self.check_size(pid, end)?;
        }
        match (place.node, handle) {
            (Node::Inode(ino), _) => {
                self.copy_up_data(ino, true)?;
                let Content::Regular(data) = &self.state.vfs.inodes[ino].content else {
                    return Err(Errno::INVAL.into());
                };
                let growth = data.growth(offset, length);
                self.charge(growth)?;
                if let Content::Regular(data) = &mut self.state.vfs.inodes[ino].content {
                    data.allocate(offset, length);
                }
                self.touch_modified(ino);
            }
            (Node::Store(_), Some(handle)) if end > size => self.host.store_truncate(handle, end)?,
            _ => {}
        }
        Ok(())
    }
}
