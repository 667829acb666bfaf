//! POSIX fchmodat() and fchmod().

use super::location::Node;
use super::resolve::Found;
use super::{FileKind, WatchEvents};
use crate::{Errno, Fd, Kernel, Pid, Result, Tid};

impl Kernel {
    /// Sets the permission, set-id and sticky bits of a file.
    pub fn chmod(&mut self, tid: Tid, dir: Fd, path: &[u8], follow: bool, mode: u32) -> Result<()> {
        let pid = self.enter(tid)?;
        let found = self.resolve_or_self(pid, dir, path, follow)?;
        Ok(self.set_mode(pid, found, mode)?)
    }

    /// As `chmod`, of an open file.
    pub fn fchmod(&mut self, tid: Tid, fd: Fd, mode: u32) -> Result<()> {
        let pid = self.enter(tid)?;
        let file = self.usable_file(pid, fd)?;
        let found = Found { place: self.status_place(file), stat: None };
        Ok(self.set_mode(pid, found, mode)?)
    }

    fn set_mode(&mut self, pid: Pid, found: Found, mode: u32) -> Result<(), Errno> {
        let mut mode = mode & 0o7777;
        let permissions = self.permissions_of(&found)?;
        let credentials = self.process(pid).credentials();
        if permissions.kind == FileKind::Symlink {
            return Err(Errno::NOTSUP);
        }
        if !credentials.owns(permissions.uid) {
            return Err(Errno::PERM);
        }
        if !credentials.privileged() && credentials.effective_gid != permissions.gid {
            mode &= !0o2000;
        }
        match &found.place.node {
            Node::Inode(_) | Node::Lower(_) => {
                self.state.vfs.check_writable(found.place.mount)?;
                let ino = self.inode_of(&found.place)?;
                self.state.vfs.inodes[ino].mode = mode;
                self.touch_changed(ino);
                self.notify_inode(ino, WatchEvents::ATTRIB);
            }
            Node::Store(path) => {
                let path = path.clone();
                let mount = found.place.mount;
                self.store_change(pid, mount, &path, "chmod", |host, store| host.store_set_mode(store, &path, mode))?;
                self.notify(&found.place, WatchEvents::ATTRIB);
            }
            &Node::Terminal(pty) => self.state.ptys.get_mut(pty).ok_or(Errno::NOENT)?.mode = mode & 0o777,
            Node::Proc(_) => return Err(Errno::PERM),
            // A pipe or socket without a name: nobody else could see its bits.
            Node::OpenFile(_) => {}
        }
        Ok(())
    }
}
