//! POSIX unlinkat() without AT_REMOVEDIR.

use super::inode::Ino;
use super::location::Node;
use super::resolve::{Found, Target};
use super::{FileKind, WatchEvents};
use crate::{Errno, Fd, Kernel, Pid, Result, Tid};

impl Kernel {
    /// Removes a name of a file that is no directory.
    pub fn unlink(&mut self, tid: Tid, dir: Fd, path: &[u8]) -> Result<()> {
        let pid = self.enter(tid)?;
        let target = self.resolve_parent(pid, dir, path, Errno::ISDIR)?;
        let found = self.lookup(pid, &target.directory, target.name())?;
        if self.kind_of(&found)? == FileKind::Directory {
            return Err(Errno::ISDIR.into());
        }
        if target.slash {
            return Err(Errno::NOTDIR.into());
        }
        Ok(self.remove(pid, &target, &found, false)?)
    }

    /// Removes a name, whose file was found to be of the kind asked for (and empty).
    pub(crate) fn remove(
        &mut self,
        pid: Pid,
        target: &Target<'_>,
        found: &Found,
        is_directory: bool,
    ) -> Result<(), Errno> {
        let directory = &target.directory;
        if found.place.mount != directory.place.mount {
            return Err(Errno::BUSY);
        }
        if let Node::Store(path) = &found.place.node {
            let path = path.clone();
            self.check_change(pid, directory)?;
            self.check_sticky(pid, directory, found)?;
            let operation = if is_directory { "rmdir" } else { "unlink" };
            self.store_change(pid, found.place.mount, &path, operation, |host, store| {
                if is_directory { host.store_rmdir(store, &path) } else { host.store_unlink(store, &path) }
            })?;
            self.notify(&found.place, WatchEvents::DELETE_SELF);
        } else {
            let (parent, _) = self.directory_to_change(pid, directory)?;
            self.check_sticky(pid, directory, found)?;
            self.remove_entry(parent, target.name(), found)?;
        }
        self.notify_entry(&directory.place, target.name(), WatchEvents::DELETE, is_directory, 0);
        Ok(())
    }

    /// In a sticky directory only the owners of the file and of the directory may remove or rename it.
    pub(crate) fn check_sticky(&mut self, pid: Pid, directory: &Found, found: &Found) -> Result<(), Errno> {
        let credentials = self.process(pid).credentials();
        if credentials.privileged() {
            return Ok(());
        }
        let holder = self.permissions_of(directory)?;
        let allowed = holder.mode & 0o1000 == 0
            || credentials.owns(holder.uid)
            || credentials.owns(self.permissions_of(found)?.uid);
        if allowed { Ok(()) } else { Err(Errno::PERM) }
    }

    /// Removes a name from a directory of kernel memory or an overlay.
    pub(crate) fn remove_entry(&mut self, directory: Ino, name: &[u8], found: &Found) -> Result<(), Errno> {
        if let Node::Lower(lower) = &found.place.node
            && !self.lower_is_held(found.place.mount, &lower.path.clone())
        {
            return self.entry_whiteout(directory, name);
        }
        let ino = self.inode_of(&found.place)?;
        self.entry_remove(directory, name);
        self.touch_changed(ino);
        let inode = &mut self.state.vfs.inodes[ino];
        if inode.links == 0 {
            // Ending a watch of it must not free it yet.
            inode.references += 1;
            if inode.kind() == FileKind::Directory {
                // `..` works in a removed directory as long as somebody is in it.
                inode.directory_mut().holds_parent = true;
                self.state.vfs.inodes[directory].references += 1;
            }
            self.notify_inode(ino, WatchEvents::DELETE_SELF);
            self.state.vfs.inodes[ino].references -= 1;
            self.inode_forget(ino);
        } else {
            self.notify_inode(ino, WatchEvents::ATTRIB);
        }
        Ok(())
    }
}
