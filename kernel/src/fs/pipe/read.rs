//! Reading from a pipe (POSIX read()).

use crate::{Kernel, Result, Tid};

impl Kernel {
    /// Takes up to `length` bytes. None of them: there is no writer left.
    pub(crate) fn pipe_read(&mut self, tid: Tid, pipe: u32, length: u32, nonblock: bool) -> Result<Vec<u8>> {
        let room = self.pipe_room(pipe);
        let entry = self.pipe_entry_mut(pipe);
        if length == 0 {
            return Ok(Vec::new());
        }
        if entry.bytes.is_empty() {
            if entry.writers == 0 {
                return Ok(Vec::new());
            }
            if !nonblock {
                entry.reading.wait(tid);
            }
            return self.block(tid, nonblock);
        }
        let data = entry.bytes.pop(length as usize);
        // Writers sleep until there is room for what they have, so a reader that takes little at a time wakes nobody.
        if entry.wanted.is_some_and(|wanted| room + data.len() >= wanted) {
            self.pipe_wake_writers(pipe);
        }
        self.uncharge(data.len() as u64);
        Ok(data)
    }

    pub(super) fn pipe_wake_writers(&mut self, pipe: u32) {
        if let Some(entry) = self.state.pipes.get_mut(pipe) {
            entry.wanted = None;
            entry.writing.wake(&mut *self.host);
        }
    }
}
