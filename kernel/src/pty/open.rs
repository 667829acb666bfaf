//! Making and opening pseudo-terminals (POSIX posix_openpt(), open()).

use super::{MEMORY, Pty, Size};
use crate::open_file::{FileObject, OpenFlags};
use crate::{Errno, Fd, Kernel, Pid, Result, Tid};

impl Kernel {
    /// A new pseudo-terminal: descriptors of its master and of its terminal. It becomes nobody's controlling terminal.
    pub fn pty_open(&mut self, tid: Tid, size: Size) -> Result<(Fd, Fd)> {
        let pid = self.enter(tid)?;
        let flags = OpenFlags::READ | OpenFlags::WRITE;
        let pty = self.pty_new(pid)?;
        self.pty_mut(pty).size = size;
        let master = self.install(pid, FileObject::PtyMaster(pty), flags)?;
        self.pty_mut(pty).add_terminal();
        match self.install(pid, FileObject::Terminal(pty), flags) {
            Ok(terminal) => Ok((master, terminal)),
            Err(errno) => {
                self.close_descriptor(pid, master)?;
                Err(errno.into())
            }
        }
    }

    /// Opens /dev/ptmx: a new pseudo-terminal's master.
    pub(crate) fn pty_open_master(&mut self, tid: Tid, _flags: OpenFlags) -> Result<FileObject> {
        let pid = self.enter(tid)?;
        Ok(FileObject::PtyMaster(self.pty_new(pid)?))
    }

    /// Opens /dev/pts/N or /dev/tty. A session leader without a controlling terminal gets one by it, unless told not to.
    pub(crate) fn terminal_open(&mut self, tid: Tid, pty: u32, flags: OpenFlags) -> Result<FileObject> {
        let pid = self.enter(tid)?;
        let entry = self.state.ptys.get_mut(pty).ok_or(Errno::NXIO)?;
        if entry.hung_up {
            return Err(Errno::IO.into());
        }
        entry.add_terminal();
        let free = entry.session.is_none();
        let leads = self.process(pid).session == pid && self.controlling_terminal(pid).is_none();
        if free && leads && pid != 1 && !flags.contains(OpenFlags::NO_CONTROLLING_TERMINAL) {
            self.make_controlling(pid, pty);
        }
        Ok(FileObject::Terminal(pty))
    }

    fn pty_new(&mut self, pid: Pid) -> Result<u32, Errno> {
        let owner = self.process(pid).credentials();
        self.charge(MEMORY)?;
        Ok(self.state.ptys.insert(Pty {
            mode: 0o620,
            uid: owner.effective_uid,
            gid: owner.effective_gid,
            ..Pty::default()
        }))
    }
}

impl Pty {
    fn add_terminal(&mut self) {
        self.terminals += 1;
        self.was_opened = true;
    }
}
