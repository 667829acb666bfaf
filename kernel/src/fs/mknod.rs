//! POSIX mkfifoat(), and mknodat() for fifos and regular files.

use super::inode::Content;
use super::location::Node;
use super::{FileKind, StoreFlags, WatchEvents};
use crate::{Errno, Fd, Kernel, Result, Tid};

impl Kernel {
    /// Makes a fifo or an empty regular file. Devices are not to be made (`PERM`).
    pub fn mknod(&mut self, tid: Tid, dir: Fd, path: &[u8], kind: FileKind, mode: u32) -> Result<()> {
        let pid = self.enter(tid)?;
        let content = match kind {
            FileKind::Fifo => Content::Fifo(None),
            FileKind::Regular | FileKind::Unknown => Content::Regular(Default::default()),
            FileKind::CharacterDevice | FileKind::BlockDevice => return Err(Errno::PERM.into()),
            _ => return Err(Errno::INVAL.into()),
        };
        let target = self.target_to_create(pid, dir, path)?;
        if target.slash {
            return Err(Errno::NOENT.into());
        }
        let mode = mode & 0o7777 & !self.process(pid).umask;
        if let Node::Store(directory) = &target.directory.place.node {
            if kind == FileKind::Fifo {
                return Err(Errno::NOTSUP.into());
            }
            let (mount, path) = (target.directory.place.mount, directory.join(target.name()));
            self.check_change(pid, &target.directory)?;
            self.store_change(pid, mount, &path, "mknod", |host, store| {
                let flags = StoreFlags::WRITE | StoreFlags::CREATE | StoreFlags::EXCLUSIVE;
                host.store_open(store, &path, flags, mode).map(|handle| host.store_close(handle))
            })?;
        } else {
            self.create_inode(pid, &target, mode, content)?;
        }
        self.notify_entry(&target.directory.place, target.name(), WatchEvents::CREATE, false, 0);
        Ok(())
    }
}
