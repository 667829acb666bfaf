//! Writing to a pipe (POSIX write()).

use super::{PIPE_BUF, Pipe};
use crate::proc::number::PIPE as SIGPIPE;
use crate::{Errno, Fault, Kernel, Result, Tid};

impl Kernel {
    /// Puts bytes into a pipe: all of them if there are at most `PIPE_BUF`, or else as many as there is room for. Without a
    /// reader, `PIPE` and SIGPIPE.
    pub(crate) fn pipe_write(&mut self, tid: Tid, pipe: u32, mut data: Vec<u8>, nonblock: bool) -> Result<u32> {
        if data.is_empty() {
            return Ok(0);
        }
        if !self.pipe_has_readers(pipe) {
            return self.pipe_broken(tid);
        }
        let room = self.pipe_room(pipe);
        // A writer of much that may wait does not bother the reader with little pieces.
        let wanted = if data.len() > PIPE_BUF && nonblock { 1 } else { data.len().min(PIPE_BUF) };
        if room < wanted {
            if !nonblock {
                self.pipe_entry_mut(pipe).wait_for_room(tid, wanted);
            }
            return self.block(tid, nonblock);
        }
        if data.len() > room {
            data.truncate(room);
            // What the caller offered in vain is not to be kept alive by what is queued of it.
            if data.capacity() > 2 * data.len() + PIPE_BUF {
                data.shrink_to_fit();
            }
        }
        let count = data.len();
        self.charge(count as u64).map_err(|_| Errno::NOBUFS)?;
        let entry = self.state.pipes.get_mut(pipe).expect("pipe of an open file");
        entry.bytes.push(data);
        entry.reading.wake(&mut *self.host);
        Ok(count as u32)
    }

    fn pipe_broken<T>(&mut self, tid: Tid) -> Result<T> {
        let pid = self.enter(tid)?;
        self.raise(pid, SIGPIPE);
        match self.enter(tid) {
            Err(Fault::Gone) => Err(Fault::Gone),
            _ => Err(Errno::PIPE.into()),
        }
    }
}

impl Pipe {
    /// Notes that a task can go on as soon as there is room for so many bytes.
    pub(super) fn wait_for_room(&mut self, tid: Tid, bytes: usize) {
        self.writing.wait(tid);
        self.wanted = Some(self.wanted.map_or(bytes, |wanted| wanted.min(bytes)));
    }
}
