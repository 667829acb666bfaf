//! POSIX linkat().

use super::location::Node;
use super::{FileKind, WatchEvents};
use crate::{Errno, Fd, Kernel, Result, Tid};

impl Kernel {
    /// Gives a file a further name. An empty old path means the file `old_dir` itself.
    pub fn link(
        &mut self,
        tid: Tid,
        old_dir: Fd,
        old_path: &[u8],
        follow: bool,
        new_dir: Fd,
        new_path: &[u8],
    ) -> Result<()> {
        let pid = self.enter(tid)?;
        let found = self.resolve_or_self(pid, old_dir, old_path, follow)?;
        let target = self.target_to_create(pid, new_dir, new_path)?;
        if target.slash {
            return Err(Errno::NOENT.into());
        }
        let directory = &target.directory;
        if found.place.mount != directory.place.mount {
            return Err(Errno::XDEV.into());
        }
        if self.kind_of(&found)? == FileKind::Directory {
            return Err(Errno::PERM.into());
        }
        match (&found.place.node, &directory.place.node) {
            (Node::Store(old), Node::Store(parent)) => {
                let (old, new) = (old.clone(), parent.join(target.name()));
                self.check_change(pid, directory)?;
                let mount = directory.place.mount;
                self.store_change(pid, mount, &new, "link", |host, store| host.store_link(store, &old, &new))?;
            }
            (Node::Inode(_) | Node::Lower(_), Node::Inode(_) | Node::Lower(_)) => {
                let (parent, _) = self.directory_to_change(pid, directory)?;
                let ino = self.inode_of(&found.place)?;
                self.entry_insert(parent, target.name(), ino)?;
                self.touch_changed(ino);
            }
            _ => return Err(Errno::XDEV.into()),
        }
        self.notify_entry(&directory.place, target.name(), WatchEvents::CREATE, false, 0);
        Ok(())
    }
}
