//! POSIX lseek(), with Linux' SEEK_DATA and SEEK_HOLE.

use super::inode::Content;
use super::location::Node;
use super::{FileKind, Whence};
use crate::open_file::{FileObject, OpenFileId};
use crate::{Errno, Fd, Kernel, Result, Tid};

impl Kernel {
    /// Moves the file position and gives it. Of a directory it is a `readdir` cookie.
    pub fn seek(&mut self, tid: Tid, fd: Fd, offset: i64, whence: Whence) -> Result<u64> {
        let pid = self.enter(tid)?;
        let file = self.usable_file(pid, fd)?;
        let open = self.file(file);
        let FileObject::Node(node) = &open.object else { return Err(Errno::SPIPE.into()) };
        let (position, kind) = (open.offset, node.kind);
        let base = match whence {
            Whence::Set => 0,
            Whence::Cur => position,
            // Character devices have no end: they stay where they are.
            _ if kind == FileKind::CharacterDevice => return Ok(0),
            Whence::End => self.stat_of_file(file)?.size,
            Whence::Data | Whence::Hole => {
                let to = self.seek_content(file, offset, whence == Whence::Data)?;
                self.file_mut(file).offset = to;
                return Ok(to);
            }
        };
        let to = i64::try_from(base).ok().and_then(|base| base.checked_add(offset)).ok_or(Errno::OVERFLOW)?;
        let to = u64::try_from(to).map_err(|_| Errno::INVAL)?;
        self.file_mut(file).offset = to;
        Ok(to)
    }

    fn seek_content(&mut self, file: OpenFileId, offset: i64, data: bool) -> Result<u64, Errno> {
        let size = self.stat_of_file(file)?.size;
        let offset = u64::try_from(offset).ok().filter(|&offset| offset < size).ok_or(Errno::NXIO)?;
        if let Node::Inode(ino) = self.place_of_file(file).node
            && let Content::Regular(content) = &self.state.vfs.inodes[ino].content
        {
            return if data { content.next_data(offset).ok_or(Errno::NXIO) } else { Ok(content.next_hole(offset)) };
        }
        // The host does not tell: all of it is data.
        Ok(if data { offset } else { size })
    }
}
