//! POSIX symlinkat().

use super::WatchEvents;
use super::inode::Content;
use super::location::Node;
use super::resolve::PATH_MAX;
use crate::{Errno, Fd, Kernel, Result, Tid};

impl Kernel {
    /// Makes a symbolic link with this content.
    pub fn symlink(&mut self, tid: Tid, content: &[u8], dir: Fd, path: &[u8]) -> Result<()> {
        let pid = self.enter(tid)?;
        if content.is_empty() {
            return Err(Errno::NOENT.into());
        }
        if content.len() > PATH_MAX {
            return Err(Errno::NAMETOOLONG.into());
        }
        let target = self.target_to_create(pid, dir, path)?;
        if target.slash {
            return Err(Errno::NOENT.into());
        }
        if let Node::Store(directory) = &target.directory.place.node {
            let (mount, path) = (target.directory.place.mount, directory.join(target.name()));
            self.check_change(pid, &target.directory)?;
            self.store_change(pid, mount, &path, "symlink", |host, store| host.store_symlink(store, content, &path))?;
        } else {
            self.create_inode(pid, &target, 0o777, Content::Symlink(content.into()))?;
        }
        self.notify_entry(&target.directory.place, target.name(), WatchEvents::CREATE, false, 0);
        Ok(())
    }
}
