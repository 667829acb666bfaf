//! POSIX utimensat() and futimens().

use super::location::Node;
use super::resolve::Found;
use super::{AccessMode, SetTime, WatchEvents};
use crate::{Errno, Fd, Kernel, Pid, Result, Tid, Timespec};

impl Kernel {
    /// Sets the times of last access and modification of a file.
    pub fn set_times(
        &mut self,
        tid: Tid,
        dir: Fd,
        path: &[u8],
        follow: bool,
        accessed: SetTime,
        modified: SetTime,
    ) -> Result<()> {
        let pid = self.enter(tid)?;
        let found = self.resolve_or_self(pid, dir, path, follow)?;
        Ok(self.change_times(pid, found, accessed, modified)?)
    }

    /// As `set_times`, of an open file.
    pub fn fset_times(&mut self, tid: Tid, fd: Fd, accessed: SetTime, modified: SetTime) -> Result<()> {
        let pid = self.enter(tid)?;
        let file = self.usable_file(pid, fd)?;
        let found = Found { place: self.status_place(file), stat: None };
        Ok(self.change_times(pid, found, accessed, modified)?)
    }

    fn change_times(&mut self, pid: Pid, found: Found, accessed: SetTime, modified: SetTime) -> Result<(), Errno> {
        let invalid = |time| matches!(time, SetTime::At(Timespec { nanoseconds: 1_000_000_000.., .. }));
        if invalid(accessed) || invalid(modified) {
            return Err(Errno::INVAL);
        }
        if (accessed, modified) == (SetTime::Omit, SetTime::Omit) {
            return Ok(());
        }
        let file = self.permissions_of(&found)?;
        let credentials = self.process(pid).credentials();
        if !credentials.owns(file.uid) {
            // Whoever may write a file may also say that it was just written.
            if (accessed, modified) != (SetTime::Now, SetTime::Now) {
                return Err(Errno::PERM);
            }
            credentials.check(file, AccessMode::WRITE)?;
        }
        let now = self.host.realtime();
        let time = |set| match set {
            SetTime::Omit => None,
            SetTime::Now => Some(now),
            SetTime::At(time) => Some(time),
        };
        let (accessed, modified) = (time(accessed), time(modified));
        match &found.place.node {
            Node::Inode(_) | Node::Lower(_) => {
                self.state.vfs.check_writable(found.place.mount)?;
                let ino = self.inode_of(&found.place)?;
                let inode = &mut self.state.vfs.inodes[ino];
                inode.accessed = accessed.unwrap_or(inode.accessed);
                inode.modified = modified.unwrap_or(inode.modified);
                inode.changed = now;
                self.notify_inode(ino, WatchEvents::ATTRIB);
            }
            Node::Store(path) => {
                let path = path.clone();
                self.store_change(pid, found.place.mount, &path, "utimens", |host, store| {
                    host.store_set_times(store, &path, accessed, modified)
                })?;
                self.notify(&found.place, WatchEvents::ATTRIB);
            }
            Node::Proc(_) => return Err(Errno::PERM),
            Node::Terminal(_) | Node::OpenFile(_) => {}
        }
        Ok(())
    }
}
