//! Entering and removing names in directories of kernel memory.

use super::directory::Directory;
use super::inode::{Content, Ino};
use super::location::{MountId, StorePath};
use super::{Credentials, FileKind};
use crate::{Errno, Kernel};

/// Kernel memory charged for a name.
pub(crate) fn memory(name: &[u8]) -> u64 {
    64 + name.len() as u64
}

impl Kernel {
    /// A new directory, which has yet to be given a name in `parent`.
    pub(crate) fn directory_new(
        &mut self,
        mount: MountId,
        credentials: &Credentials,
        mode: u32,
        parent: Ino,
        lower: Option<StorePath>,
    ) -> Result<Ino, Errno> {
        let ino = self.inode_new(mount, credentials, mode, Content::Directory(Box::new(Directory::new(lower))))?;
        self.state.vfs.inodes[ino].parent = parent;
        Ok(ino)
    }

    /// Gives a file a name that is free in a directory; a file without any other name is freed where that fails.
    pub(crate) fn entry_insert(&mut self, directory: Ino, name: &[u8], ino: Ino) -> Result<(), Errno> {
        let inserted = self.entry_insert_or_fail(directory, name, ino);
        if inserted.is_err() {
            self.inode_forget(ino);
        }
        inserted
    }

    fn entry_insert_or_fail(&mut self, directory: Ino, name: &[u8], ino: Ino) -> Result<(), Errno> {
        let vfs = &self.state.vfs;
        if vfs.inodes[directory].links == 0 {
            return Err(Errno::NOENT);
        }
        let holder = vfs.inodes[directory].directory()?;
        let replaces_whiteout = holder.get(name).is_some();
        let lower = holder.lower.clone().filter(|_| !replaces_whiteout);
        if !replaces_whiteout {
            self.charge(memory(name))?;
        }
        let mount = self.state.vfs.inodes[directory].mount;
        let shadows = lower.is_some_and(|lower| self.lower_store(mount, &lower.join(name)).is_ok());
        let is_directory = self.state.vfs.inodes[ino].kind() == FileKind::Directory;
        let holder = self.state.vfs.inodes[directory].directory_mut();
        if replaces_whiteout {
            holder.set(name, Some(ino));
        } else {
            holder.insert(name, Some(ino), shadows);
        }
        holder.subdirectories += u32::from(is_directory);
        let inode = &mut self.state.vfs.inodes[ino];
        inode.links += 1;
        inode.parent = directory;
        self.touch_modified(directory);
        Ok(())
    }

    /// Takes a name of a file in memory away. A whiteout stays where the lower layers have the name too. The file itself
    /// is not freed: that is `inode_forget`.
    pub(crate) fn entry_remove(&mut self, directory: Ino, name: &[u8]) -> Ino {
        let holder = self.state.vfs.inodes[directory].directory_mut();
        let entry = holder.get(name).expect("entry to remove");
        let ino = entry.ino.expect("entry to remove");
        if entry.shadows {
            holder.set(name, None);
        } else {
            holder.remove(name);
            self.uncharge(memory(name));
        }
        let is_directory = self.state.vfs.inodes[ino].kind() == FileKind::Directory;
        self.state.vfs.inodes[directory].directory_mut().subdirectories -= u32::from(is_directory);
        self.state.vfs.inodes[ino].links -= 1;
        self.touch_modified(directory);
        ino
    }

    /// Hides a name of the lower layers.
    pub(crate) fn entry_whiteout(&mut self, directory: Ino, name: &[u8]) -> Result<(), Errno> {
        self.charge(memory(name))?;
        self.state.vfs.inodes[directory].directory_mut().insert(name, None, true);
        self.touch_modified(directory);
        Ok(())
    }
}
