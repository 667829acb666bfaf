//! POSIX pipe2().

use super::Pipe;
use crate::open_file::{FileObject, OpenFlags};
use crate::{Fd, Kernel, Result, Tid};

impl Kernel {
    /// A new pipe: descriptors of its reading end and of its writing end. Of the flags, `NONBLOCK` and `CLOSE_ON_EXEC` count.
    pub fn pipe(&mut self, tid: Tid, flags: OpenFlags) -> Result<(Fd, Fd)> {
        let pid = self.enter(tid)?;
        let flags = flags & (OpenFlags::NONBLOCK | OpenFlags::CLOSE_ON_EXEC);
        let pipe = self.state.pipes.insert(Pipe {
            readers: 1,
            writers: 1,
            readers_opened: 1,
            writers_opened: 1,
            ..Pipe::default()
        });
        let reader = match self.install(pid, FileObject::PipeReader(pipe), flags | OpenFlags::READ) {
            Ok(reader) => reader,
            Err(errno) => {
                self.pipe_close(pipe, false, true);
                return Err(errno.into());
            }
        };
        match self.install(pid, FileObject::PipeWriter(pipe), flags | OpenFlags::WRITE) {
            Ok(writer) => Ok((reader, writer)),
            Err(errno) => {
                self.close_descriptor(pid, reader)?;
                Err(errno.into())
            }
        }
    }
}
