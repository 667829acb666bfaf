//! Opening a fifo (POSIX open()): each side waits for the other, unless told not to.

use serde::{Deserialize, Serialize};

use super::Pipe;
use crate::fs::FileId;
use crate::open_file::{FileObject, OpenFlags};
use crate::{Errno, Fault, Kernel, Result, Tid};

/// A task in open(), which counts as open to the other side already.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Opener {
    tid: Tid,
    pub(super) reader: bool,
    /// How often the other side had been opened when it began to wait.
    seen: u64,
}

impl Kernel {
    /// The pipe of a fifo that is opened for the first time.
    pub(crate) fn fifo_new(&mut self, node: FileId) -> Result<u32, Errno> {
        Ok(self.state.pipes.insert(Pipe { fifo: Some(node), ..Pipe::default() }))
    }

    /// Opens an end of a fifo, or both.
    pub(crate) fn fifo_open(&mut self, tid: Tid, pipe: u32, flags: OpenFlags) -> Result<FileObject> {
        let reader = flags.contains(OpenFlags::READ);
        let writer = flags.contains(OpenFlags::WRITE);
        let nonblock = flags.contains(OpenFlags::NONBLOCK);
        self.drop_gone_openers(pipe);
        self.pipe_forget(pipe);
        let entry = self.pipe_entry_mut(pipe);
        if reader && writer {
            entry.open(true, true);
            self.wake_openers(pipe);
            return Ok(FileObject::PipeBoth(pipe));
        }
        let (there, opened) =
            if reader { (entry.writers, entry.writers_opened) } else { (entry.readers, entry.readers_opened) };
        let waited = entry.openers.iter().position(|opener| opener.tid == tid && opener.reader == reader);
        // What pipe() made is opened by way of its descriptor: one who comes late finds its end, and does not wait.
        let ready = entry.fifo.is_none() || reader && nonblock;
        let came = waited.is_some_and(|index| opened > entry.openers[index].seen);
        let comes = entry.openers.iter().any(|opener| opener.reader != reader);
        if !(there > 0 || came || comes || ready) {
            if nonblock {
                return Err(Errno::NXIO.into());
            }
            if waited.is_none() {
                entry.openers.push(Opener { tid, reader, seen: opened });
            }
            let blocked = self.block(tid, false);
            if blocked != Err(Fault::Blocked) {
                self.pipe_entry_mut(pipe).openers.retain(|opener| opener.tid != tid);
            }
            return blocked.map(|()| FileObject::PipeReader(pipe));
        }
        if let Some(index) = waited {
            entry.openers.remove(index);
        }
        entry.open(reader, writer);
        self.wake_openers(pipe);
        Ok(if reader { FileObject::PipeReader(pipe) } else { FileObject::PipeWriter(pipe) })
    }

    /// Whether anybody reads a pipe, or is about to: a reader may still be in open() when its writer has begun.
    pub(super) fn pipe_has_readers(&mut self, pipe: u32) -> bool {
        if self.pipe_entry(pipe).readers > 0 {
            return true;
        }
        self.drop_gone_openers(pipe);
        self.pipe_entry(pipe).openers.iter().any(|opener| opener.reader)
    }

    fn drop_gone_openers(&mut self, pipe: u32) {
        let processes = &self.state.processes;
        if let Some(entry) = self.state.pipes.get_mut(pipe) {
            entry.openers.retain(|opener| processes.of_task(opener.tid).is_some());
        }
    }

    fn wake_openers(&mut self, pipe: u32) {
        if let Some(entry) = self.state.pipes.get_mut(pipe) {
            for opener in &entry.openers {
                self.host.wake(opener.tid);
            }
        }
    }
}

impl Pipe {
    fn open(&mut self, reader: bool, writer: bool) {
        self.readers += u32::from(reader);
        self.writers += u32::from(writer);
        self.readers_opened += u64::from(reader);
        self.writers_opened += u64::from(writer);
    }
}
