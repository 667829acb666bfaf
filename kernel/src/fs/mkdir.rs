//! POSIX mkdirat().

use super::WatchEvents;
use super::directory::Directory;
use super::inode::Content;
use super::location::Node;
use super::resolve::Target;
use crate::{Errno, Fd, Kernel, Pid, Result, Tid};

impl Kernel {
    /// Makes a directory.
    pub fn mkdir(&mut self, tid: Tid, dir: Fd, path: &[u8], mode: u32) -> Result<()> {
        let pid = self.enter(tid)?;
        let target = self.target_to_create(pid, dir, path)?;
        let mode = mode & 0o1777 & !self.process(pid).umask;
        if let Node::Store(directory) = &target.directory.place.node {
            let (mount, path) = (target.directory.place.mount, directory.join(target.name()));
            self.check_change(pid, &target.directory)?;
            self.store_change(pid, mount, &path, "mkdir", |host, store| host.store_mkdir(store, &path, mode))?;
        } else {
            self.create_inode(pid, &target, mode, Content::Directory(Box::new(Directory::new(None))))?;
        }
        self.notify_entry(&target.directory.place, target.name(), WatchEvents::CREATE, true, 0);
        Ok(())
    }

    /// A directory and a name in it that is free (`EXIST` otherwise).
    pub(crate) fn target_to_create<'p>(&mut self, pid: Pid, dir: Fd, path: &'p [u8]) -> Result<Target<'p>, Errno> {
        let target = self.resolve_parent(pid, dir, path, Errno::EXIST)?;
        match self.lookup(pid, &target.directory, target.name()) {
            Ok(_) => Err(Errno::EXIST),
            Err(Errno::NOENT) => Ok(target),
            Err(errno) => Err(errno),
        }
    }
}
