//! POSIX unlinkat() with AT_REMOVEDIR.

use super::location::{MountId, Node, StorePath};
use super::mounts::Source;
use super::resolve::Found;
use super::{FileKind, StoreFlags};
use crate::{Errno, Fd, Kernel, Result, Tid};

impl Kernel {
    /// Removes an empty directory.
    pub fn rmdir(&mut self, tid: Tid, dir: Fd, path: &[u8]) -> Result<()> {
        let pid = self.enter(tid)?;
        let last = path.rsplit(|&byte| byte == b'/').find(|name| !name.is_empty());
        let bare = match last {
            Some(b".") => Errno::INVAL,
            Some(b"..") => Errno::NOTEMPTY,
            _ => Errno::BUSY,
        };
        let target = self.resolve_parent(pid, dir, path, bare)?;
        let found = self.lookup(pid, &target.directory, target.name())?;
        if self.kind_of(&found)? != FileKind::Directory {
            return Err(Errno::NOTDIR.into());
        }
        if found.place.mount == target.directory.place.mount && !self.directory_is_empty(&found)? {
            return Err(Errno::NOTEMPTY.into());
        }
        Ok(self.remove(pid, &target, &found, true)?)
    }

    /// Whether a directory has no entries. Of stores the host will judge.
    pub(crate) fn directory_is_empty(&mut self, found: &Found) -> Result<bool, Errno> {
        match &found.place.node {
            &Node::Inode(ino) => {
                let Ok(directory) = self.state.vfs.inodes[ino].directory() else { return Ok(false) };
                if directory.files().next().is_some() {
                    return Ok(false);
                }
                let Some(lower) = directory.lower.clone() else { return Ok(true) };
                let names = self.lower_names(found.place.mount, &lower)?;
                let directory = self.state.vfs.inodes[ino].directory()?;
                Ok(names.iter().all(|name| directory.get(name).is_some()))
            }
            Node::Lower(lower) => {
                let path = lower.path.clone();
                Ok(self.lower_names(found.place.mount, &path)?.is_empty())
            }
            Node::Store(_) => Ok(true),
            _ => Ok(false),
        }
    }

    /// All names of a directory of an overlay's lower layers.
    fn lower_names(&mut self, mount: MountId, path: &StorePath) -> Result<Vec<Vec<u8>>, Errno> {
        let Source::Overlay { layers } = &self.state.vfs.mount(mount).source else { return Ok(Vec::new()) };
        let mut names = Vec::new();
        for store in layers.clone() {
            let handle = match self.host.store_open(store, path, StoreFlags::READ | StoreFlags::DIRECTORY, 0) {
                Ok(handle) => handle,
                Err(Errno::NOENT | Errno::NOTDIR) => continue,
                Err(errno) => return Err(errno),
            };
            let mut cookie = 0;
            let read = loop {
                match self.host.store_readdir(handle, cookie, 256) {
                    Ok(entries) if entries.is_empty() => break Ok(()),
                    Ok(entries) => {
                        cookie = entries.last().expect("not empty").next;
                        names.extend(entries.into_iter().map(|entry| entry.name).filter(|name| !is_dots(name)));
                    }
                    Err(errno) => break Err(errno),
                }
            };
            self.host.store_close(handle);
            read?;
        }
        Ok(names)
    }
}

fn is_dots(name: &[u8]) -> bool {
    matches!(name, b"." | b"..")
}
