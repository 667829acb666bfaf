//! Names of Unix sockets in the tree.

use super::inode::Content;
use super::location::{FileId, Node};
use super::{AccessMode, WatchEvents};
use crate::{AT_FDCWD, Errno, Kernel, Pid};

impl Kernel {
    /// Makes a name for a socket that is being bound; `ADDRINUSE` where there is a file already.
    pub(crate) fn socket_node_create(&mut self, pid: Pid, path: &[u8]) -> Result<FileId, Errno> {
        let target = self.target_to_create(pid, AT_FDCWD, path).map_err(|errno| match errno {
            Errno::EXIST => Errno::ADDRINUSE,
            errno => errno,
        })?;
        if target.slash {
            return Err(Errno::NOENT);
        }
        let mode = 0o777 & !self.process(pid).umask;
        if let Node::Store(_) = target.directory.place.node {
            return Err(Errno::NOTSUP);
        }
        let ino = self.create_inode(pid, &target, mode, Content::Socket)?;
        self.notify_entry(&target.directory.place, target.name(), WatchEvents::CREATE, false, 0);
        Ok(self.inode_id(ino))
    }

    /// The socket name at a path, for a process that would connect: `CONNREFUSED` where it is none.
    pub(crate) fn socket_node_find(&mut self, pid: Pid, path: &[u8]) -> Result<FileId, Errno> {
        let found = self.resolve(pid, AT_FDCWD, path, true)?;
        let permissions = self.permissions_of(&found)?;
        self.process(pid).credentials().check(permissions, AccessMode::WRITE)?;
        match found.place.node {
            Node::Inode(ino) if matches!(self.state.vfs.inodes[ino].content, Content::Socket) => Ok(self.inode_id(ino)),
            _ => Err(Errno::CONNREFUSED),
        }
    }
}
