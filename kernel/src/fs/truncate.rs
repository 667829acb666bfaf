//! POSIX truncate() and ftruncate().

use super::data::MAX_SIZE;
use super::inode::{Content, Ino};
use super::location::Node;
use super::{AccessMode, FileKind, StoreFlags, WatchEvents};
use crate::open_file::FileObject;
use crate::{Errno, Fd, Kernel, Pid, Result, Tid};

impl Kernel {
    /// Cuts a regular file, or lengthens it with a hole.
    pub fn truncate(&mut self, tid: Tid, dir: Fd, path: &[u8], length: u64) -> Result<()> {
        let pid = self.enter(tid)?;
        let found = self.resolve(pid, dir, path, true)?;
        let permissions = self.permissions_of(&found)?;
        match permissions.kind {
            FileKind::Regular => {}
            FileKind::Directory => return Err(Errno::ISDIR.into()),
            _ => return Err(Errno::INVAL.into()),
        }
        self.process(pid).credentials().check(permissions, AccessMode::WRITE)?;
        self.check_size(pid, length)?;
        if let Node::Store(path) = &found.place.node {
            let path = path.clone();
            self.store_change(pid, found.place.mount, &path, "truncate", |host, store| {
                let handle = host.store_open(store, &path, StoreFlags::WRITE, 0)?;
                let truncated = host.store_truncate(handle, length);
                host.store_close(handle);
                truncated
            })?;
            self.notify(&found.place, WatchEvents::MODIFY);
            return Ok(());
        }
        self.state.vfs.check_writable(found.place.mount)?;
        match found.place.node {
            Node::Inode(_) | Node::Lower(_) => {
                let ino = self.inode_of(&found.place)?;
                Ok(self.set_size(pid, ino, length)?)
            }
            _ => Err(Errno::INVAL.into()),
        }
    }

    /// As `truncate`, of an open file.
    pub fn ftruncate(&mut self, tid: Tid, fd: Fd, length: u64) -> Result<()> {
        let pid = self.enter(tid)?;
        let file = self.usable_file(pid, fd)?;
        let file = self.writable_file(pid, fd).map_err(|_| Errno::INVAL).map(|_| file)?;
        let FileObject::Node(node) = &self.file(file).object else { return Err(Errno::INVAL.into()) };
        if node.kind != FileKind::Regular {
            return Err(Errno::INVAL.into());
        }
        let (handle, place) = (node.handle, (*node.location).clone());
        self.check_size(pid, length)?;
        match (place.node.clone(), handle) {
            (Node::Inode(ino), _) => self.set_size(pid, ino, length)?,
            (Node::Store(_), Some(handle)) => {
                self.host.store_truncate(handle, length)?;
                self.notify(&place, WatchEvents::MODIFY);
            }
            _ => return Err(Errno::INVAL.into()),
        }
        Ok(())
    }

    /// Whether a file may become so long: `FBIG`, and SIGXFSZ beyond RLIMIT_FSIZE.
    pub(crate) fn check_size(&mut self, pid: Pid, length: u64) -> Result<(), Errno> {
        if length > MAX_SIZE {
            return Err(Errno::INVAL);
        }
        let limit = self.process(pid).file_size_limit();
        self.clip(pid, length.saturating_sub(1), u64::from(length > 0), limit).map(|_| ())
    }

    /// Sets the length of a regular file in memory.
    pub(crate) fn set_size(&mut self, pid: Pid, ino: Ino, length: u64) -> Result<(), Errno> {
        self.copy_up_data(ino, length > 0)?;
        let Content::Regular(data) = &mut self.state.vfs.inodes[ino].content else { return Err(Errno::INVAL) };
        let before = data.memory();
        data.set_size(length);
        let freed = before - data.memory();
        self.uncharge(freed);
        self.clear_set_ids(pid, ino);
        self.touch_modified(ino);
        self.notify_inode(ino, WatchEvents::MODIFY);
        Ok(())
    }
}
