//! Readiness of pipes.

use super::PIPE_BUF;
use crate::poll::Events;
use crate::{Kernel, Tid};

impl Kernel {
    /// What an end of a pipe is ready for. With a task, that task is woken when it changes.
    pub(crate) fn pipe_poll(&mut self, tid: Option<Tid>, pipe: u32, reader: bool, writer: bool) -> Events {
        let room = self.pipe_room(pipe);
        let has_readers = self.pipe_has_readers(pipe);
        let entry = self.pipe_entry_mut(pipe);
        let mut events = Events::empty();
        if reader {
            events.set(Events::READABLE, !entry.bytes.is_empty());
            // A fifo that no writer has opened so far has not been hung up.
            events.set(Events::HANGUP, entry.writers == 0 && entry.writers_opened > 0);
            if let Some(tid) = tid {
                entry.reading.wait(tid);
            }
        }
        if writer {
            events.set(Events::WRITABLE, room >= PIPE_BUF || !has_readers);
            events.set(Events::ERROR, !has_readers);
            if let Some(tid) = tid {
                entry.wait_for_room(tid, PIPE_BUF);
            }
        }
        events
    }
}
