//! Bytes that can be read at once (FIONREAD).

use super::FileKind;
use crate::open_file::FileObject;
use crate::{Errno, Fd, Kernel, Result, Tid};

impl Kernel {
    /// How many bytes can be read without blocking.
    pub fn available(&mut self, tid: Tid, fd: Fd) -> Result<u64> {
        let pid = self.enter(tid)?;
        let file = self.usable_file(pid, fd)?;
        let open = self.file(file);
        Ok(match &open.object {
            FileObject::Node(node) if node.kind == FileKind::Regular => {
                let offset = open.offset;
                self.stat_of_file(file)?.size.saturating_sub(offset)
            }
            FileObject::Node(_) => return Err(Errno::NOTTY.into()),
            &(FileObject::PipeReader(pipe) | FileObject::PipeWriter(pipe) | FileObject::PipeBoth(pipe)) => {
                self.pipe_available(pipe)
            }
            &FileObject::PtyMaster(pty) => self.pty_master_available(pty),
            &FileObject::Terminal(pty) => self.terminal_available(pty),
            &FileObject::Socket(socket) => self.socket_available(socket),
            &FileObject::Watch(watch) => self.watch_available(watch),
        })
    }
}
