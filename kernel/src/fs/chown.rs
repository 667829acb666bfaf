//! POSIX fchownat() and fchown().

use super::location::Node;
use super::location::Place;
use super::resolve::Found;
use super::{FileKind, WatchEvents};
use crate::open_file::OpenFileId;
use crate::{Errno, Fd, Kernel, Pid, Result, Tid};

impl Kernel {
    /// Gives a file to another user or group; `None` leaves it with the one it has.
    pub fn chown(
        &mut self,
        tid: Tid,
        dir: Fd,
        path: &[u8],
        follow: bool,
        uid: Option<u32>,
        gid: Option<u32>,
    ) -> Result<()> {
        let pid = self.enter(tid)?;
        let found = self.resolve_or_self(pid, dir, path, follow)?;
        Ok(self.set_owner(pid, found, uid, gid)?)
    }

    /// As `chown`, of an open file.
    pub fn fchown(&mut self, tid: Tid, fd: Fd, uid: Option<u32>, gid: Option<u32>) -> Result<()> {
        let pid = self.enter(tid)?;
        let file = self.usable_file(pid, fd)?;
        let found = Found { place: self.status_place(file), stat: None };
        Ok(self.set_owner(pid, found, uid, gid)?)
    }

    /// The place that holds the status of an open file: for a fifo that of its name.
    pub(crate) fn status_place(&self, file: OpenFileId) -> Place {
        use crate::open_file::FileObject;
        if let FileObject::PipeReader(pipe) | FileObject::PipeWriter(pipe) | FileObject::PipeBoth(pipe) =
            self.file(file).object
            && let Some(ino) = self.pipe_fifo(pipe).and_then(|id| self.inode_by_id(id))
        {
            return Place::inode(self.state.vfs.inodes[ino].mount, ino);
        }
        self.place_of_file(file)
    }

    fn set_owner(&mut self, pid: Pid, found: Found, uid: Option<u32>, gid: Option<u32>) -> Result<(), Errno> {
        let file = self.permissions_of(&found)?;
        let credentials = self.process(pid).credentials();
        let (uid, gid) = (uid.unwrap_or(file.uid), gid.unwrap_or(file.gid));
        let own = credentials.owns(file.uid) && uid == file.uid;
        let allowed = credentials.privileged() || (own && (gid == file.gid || gid == credentials.effective_gid));
        if !allowed {
            return Err(Errno::PERM);
        }
        match &found.place.node {
            Node::Inode(_) | Node::Lower(_) => {
                self.state.vfs.check_writable(found.place.mount)?;
                let ino = self.inode_of(&found.place)?;
                let inode = &mut self.state.vfs.inodes[ino];
                (inode.uid, inode.gid) = (uid, gid);
                if file.kind != FileKind::Directory {
                    // As on Linux, whoever asks: a set-id program is not to change hands as one.
                    inode.mode &= if inode.mode & 0o010 != 0 { !0o6000 } else { !0o4000 };
                }
                self.touch_changed(ino);
                self.notify_inode(ino, WatchEvents::ATTRIB);
            }
            &Node::Terminal(pty) => {
                let terminal = self.state.ptys.get_mut(pty).ok_or(Errno::NOENT)?;
                (terminal.uid, terminal.gid) = (uid, gid);
            }
            // The host's owners are not the virtual machine's to give.
            Node::Store(_) if (uid, gid) == (file.uid, file.gid) => {}
            Node::Store(_) | Node::Proc(_) => return Err(Errno::PERM),
            Node::OpenFile(_) => {}
        }
        Ok(())
    }
}
