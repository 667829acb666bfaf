//! POSIX renameat(), Linux renameat2().

use super::inode::Ino;
use super::location::{Node, Place, StorePath};
use super::resolve::{Found, Target};
use super::{AccessMode, FileKind, RenameMode, WatchEvents, entry};
use crate::{Errno, Fd, Kernel, Pid, Result, Tid};

impl Kernel {
    /// Renames a file. Both paths lie in one file system (`XDEV`).
    pub fn rename(
        &mut self,
        tid: Tid,
        old_dir: Fd,
        old_path: &[u8],
        new_dir: Fd,
        new_path: &[u8],
        mode: RenameMode,
    ) -> Result<()> {
        let pid = self.enter(tid)?;
        let old = self.resolve_parent(pid, old_dir, old_path, Errno::INVAL)?;
        let new = self.resolve_parent(pid, new_dir, new_path, Errno::INVAL)?;
        if old.directory.place.mount != new.directory.place.mount {
            return Err(Errno::XDEV.into());
        }
        let source = self.lookup(pid, &old.directory, old.name())?;
        let is_directory = self.kind_of(&source)? == FileKind::Directory;
        let replaced = match self.lookup(pid, &new.directory, new.name()) {
            Ok(_) if mode == RenameMode::NoReplace => return Err(Errno::EXIST.into()),
            Ok(found) => Some(found),
            Err(Errno::NOENT) if mode != RenameMode::Exchange => None,
            Err(errno) => return Err(errno.into()),
        };
        let onto_directory = match &replaced {
            Some(replaced) => self.kind_of(replaced)? == FileKind::Directory,
            None => false,
        };
        let slash_needs_directory = if mode == RenameMode::Exchange { onto_directory } else { is_directory };
        if (old.slash && !is_directory) || (new.slash && !slash_needs_directory) {
            return Err(Errno::NOTDIR.into());
        }
        let moved = Move { pid, old, new, source, replaced, is_directory, onto_directory, mode };
        self.check_rename(&moved)?;
        if moved.replaced.as_ref().is_some_and(|replaced| self.same_file(&moved.source, replaced)) {
            return Ok(());
        }
        match &moved.old.directory.place.node {
            Node::Store(_) => self.rename_in_store(&moved)?,
            _ => self.rename_in_memory(&moved)?,
        }
        self.notify_rename(&moved);
        Ok(())
    }

    fn same_file(&self, one: &Found, other: &Found) -> bool {
        one.place == other.place
            || matches!((&one.stat, &other.stat), (Some(one), Some(other))
                if matches!((one.kind, other.kind), (FileKind::Regular, FileKind::Regular))
                    && one.links > 1 && (one.device, one.inode) == (other.device, other.inode))
    }

    /// What POSIX forbids whatever the file system.
    fn check_rename(&mut self, moved: &Move<'_>) -> Result<(), Errno> {
        let Move { pid, old, new, source, replaced, is_directory, onto_directory, mode } = moved;
        let mount = old.directory.place.mount;
        if source.place.mount != mount || replaced.as_ref().is_some_and(|replaced| replaced.place.mount != mount) {
            return Err(Errno::BUSY);
        }
        if *is_directory && self.is_within(&new.directory.place, &source.place) {
            return Err(Errno::INVAL);
        }
        let exchange = *mode == RenameMode::Exchange;
        if replaced.as_ref().is_some_and(|replaced| self.is_within(&old.directory.place, &replaced.place)) {
            return Err(if exchange { Errno::INVAL } else { Errno::NOTEMPTY });
        }
        if replaced.as_ref().is_some_and(|replaced| self.same_file(source, replaced)) {
            return Ok(());
        }
        self.check_change(*pid, &old.directory)?;
        self.check_change(*pid, &new.directory)?;
        self.check_sticky(*pid, &old.directory, source)?;
        self.check_moved_directory(moved, source, *is_directory)?;
        let Some(replaced) = replaced else { return Ok(()) };
        self.check_sticky(*pid, &new.directory, replaced)?;
        match (is_directory, onto_directory) {
            _ if exchange => self.check_moved_directory(moved, replaced, *onto_directory),
            (true, false) => Err(Errno::NOTDIR),
            (false, true) => Err(Errno::ISDIR),
            (true, true) if !self.directory_is_empty(replaced)? => Err(Errno::NOTEMPTY),
            _ => Ok(()),
        }
    }

    /// A directory that gets another parent has its `..` changed, which takes permission to write it.
    fn check_moved_directory(&mut self, moved: &Move<'_>, found: &Found, is_directory: bool) -> Result<(), Errno> {
        if is_directory && moved.old.directory.place != moved.new.directory.place {
            let permissions = self.permissions_of(found)?;
            self.process(moved.pid).credentials().check(permissions, AccessMode::WRITE)?;
        }
        Ok(())
    }

    /// Whether a directory is another one, or below it.
    fn is_within(&self, place: &Place, directory: &Place) -> bool {
        let mut place = place.clone();
        loop {
            if place == *directory {
                return true;
            }
            let parent = self.parent_of(place.clone());
            if parent == place || parent.mount != directory.mount {
                return false;
            }
            place = parent;
        }
    }

    fn rename_in_store(&mut self, moved: &Move<'_>) -> Result<(), Errno> {
        let Move { pid, old, new, mode, .. } = moved;
        let (Node::Store(from), Node::Store(to)) = (&old.directory.place.node, &new.directory.place.node) else {
            return Err(Errno::XDEV);
        };
        if *mode == RenameMode::Exchange {
            return Err(Errno::NOTSUP);
        }
        let (from, to) = (from.join(old.name()), to.join(new.name()));
        let mount = old.directory.place.mount;
        let no_replace = *mode == RenameMode::NoReplace;
        self.store_change(*pid, mount, &from, "rename", |host, store| {
            host.store_rename(store, &from, &to, no_replace)
        })?;
        self.relocate_store(mount, &from, &to);
        Ok(())
    }

    /// Moves every location at or below a renamed path of a store.
    fn relocate_store(&mut self, mount: u32, from: &[u8], to: &[u8]) {
        let to = StorePath::new(to);
        self.each_place(|place| {
            if let Node::Store(path) = &place.node
                && place.mount == mount
            {
                if **path == *from {
                    place.node = Node::Store(to.clone());
                } else if let Some(rest) = path.below(from) {
                    place.node = Node::Store(StorePath::new(to.join(rest)));
                }
            }
        });
    }

    fn rename_in_memory(&mut self, moved: &Move<'_>) -> Result<(), Errno> {
        let Move { pid, old, new, source, replaced, mode, .. } = moved;
        // What may fail comes first: inodes for everything concerned, and memory for the entries.
        let (old_parent, _) = self.directory_to_change(*pid, &old.directory)?;
        let (new_parent, _) = self.directory_to_change(*pid, &new.directory)?;
        if self.state.vfs.inodes[new_parent].links == 0 {
            return Err(Errno::NOENT);
        }
        let ino = self.inode_of(&source.place)?;
        let other = match replaced {
            Some(found) if *mode == RenameMode::Exchange => Some(self.inode_of(&found.place)?),
            _ => None,
        };
        let reserve = 2 * (entry::memory(old.name()) + entry::memory(new.name()));
        self.charge(reserve)?;
        self.uncharge(reserve);
        if let Some(other) = other {
            self.exchange((old_parent, old.name(), ino), (new_parent, new.name(), other));
            return Ok(());
        }
        if let Some(replaced) = replaced {
            // Copying up may have given it an inode.
            let place = self.lookup(*pid, &new.directory_as(new_parent), new.name())?.place;
            self.remove_entry(new_parent, new.name(), &Found { place, ..replaced.clone() })?;
        }
        self.entry_remove(old_parent, old.name());
        self.entry_insert(new_parent, new.name(), ino)?;
        self.touch_changed(ino);
        Ok(())
    }

    fn exchange(&mut self, one: (Ino, &[u8], Ino), other: (Ino, &[u8], Ino)) {
        for ((directory, name, before), (.., after)) in [(one, other), (other, one)] {
            let inodes = &mut self.state.vfs.inodes;
            let is_directory = |kind| u32::from(kind == FileKind::Directory);
            let (lost, gained) = (is_directory(inodes[before].kind()), is_directory(inodes[after].kind()));
            let holder = inodes[directory].directory_mut();
            holder.set(name, Some(after));
            holder.subdirectories = holder.subdirectories + gained - lost;
            inodes[after].parent = directory;
            self.touch_modified(directory);
            self.touch_changed(after);
        }
    }

    fn notify_rename(&mut self, moved: &Move<'_>) {
        if self.state.vfs.watched.is_empty() {
            return;
        }
        let Move { old, new, source, is_directory, .. } = moved;
        let cookie = self.state.vfs.watched.next_cookie();
        self.notify_entry(&old.directory.place, old.name(), WatchEvents::MOVE_FROM, *is_directory, cookie);
        self.notify_entry(&new.directory.place, new.name(), WatchEvents::MOVE_TO, *is_directory, cookie);
        self.notify(&source.place, WatchEvents::MOVE_SELF);
    }
}

/// A rename that is being made.
struct Move<'p> {
    pid: Pid,
    old: Target<'p>,
    new: Target<'p>,
    source: Found,
    replaced: Option<Found>,
    is_directory: bool,
    /// Whether `replaced` is one.
    onto_directory: bool,
    mode: RenameMode,
}

impl Target<'_> {
    /// The directory, by its inode.
    fn directory_as(&self, ino: Ino) -> Found {
        Found { place: Place::inode(self.directory.place.mount, ino), stat: None }
    }
}
