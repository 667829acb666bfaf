//! The end of an end.

use crate::Kernel;

impl Kernel {
    /// An open file of a pipe is gone, which was one of its readers, writers or both.
    pub(crate) fn pipe_close(&mut self, pipe: u32, reader: bool, writer: bool) {
        let Some(entry) = self.state.pipes.get_mut(pipe) else { return };
        entry.readers -= u32::from(reader);
        entry.writers -= u32::from(writer);
        if entry.readers == 0 {
            entry.wanted = None;
            entry.writing.wake(&mut *self.host);
        }
        if entry.writers == 0 {
            entry.reading.wake(&mut *self.host);
        }
        self.pipe_forget(pipe);
    }

    /// The fifo of a pipe was removed: the pipe lives on until its last end is closed.
    pub(crate) fn fifo_unlink(&mut self, pipe: u32) {
        if let Some(entry) = self.state.pipes.get_mut(pipe) {
            entry.fifo = None;
            self.pipe_forget(pipe);
        }
    }

    /// Drops the bytes of a pipe that nobody has open, and the pipe with them if it cannot be opened again.
    pub(super) fn pipe_forget(&mut self, pipe: u32) {
        // A reader that is still in open() gets what a writer left that has come and gone.
        let awaited = self.pipe_entry(pipe).fifo.is_some() && self.pipe_has_readers(pipe);
        let entry = self.pipe_entry_mut(pipe);
        if awaited || entry.readers > 0 || entry.writers > 0 {
            return;
        }
        let bytes = entry.bytes.len() as u64;
        entry.bytes.clear();
        if entry.fifo.is_none() {
            self.state.pipes.remove(pipe);
        }
        self.uncharge(bytes);
    }
}
