//! Readiness of both sides.

use super::line_discipline::MAX_OUTPUT;
use crate::poll::Events;
use crate::{Kernel, Tid};

impl Kernel {
    /// What the terminal is ready for. With a task, that task is woken when it changes.
    pub(crate) fn terminal_poll(&mut self, tid: Option<Tid>, pty: u32) -> Events {
        let entry = self.pty_mut(pty);
        if entry.hung_up {
            return Events::READABLE | Events::WRITABLE | Events::ERROR | Events::HANGUP;
        }
        if let Some(tid) = tid {
            entry.reading.wait(tid);
            entry.writing.wait(tid);
        }
        let mut events = Events::empty();
        events.set(Events::READABLE, entry.is_readable());
        events.set(Events::WRITABLE, entry.line.output_room() >= MAX_OUTPUT / 2);
        events
    }

    /// What the master is ready for. With a task, that task is woken when it changes.
    pub(crate) fn pty_master_poll(&mut self, tid: Option<Tid>, pty: u32) -> Events {
        let entry = self.pty_mut(pty);
        if let Some(tid) = tid {
            entry.master_reading.wait(tid);
            entry.master_writing.wait(tid);
        }
        let mut events = Events::empty();
        events.set(Events::READABLE, !entry.line.output.is_empty());
        events.set(Events::WRITABLE, entry.line.has_room());
        events.set(Events::HANGUP, entry.is_deserted());
        events
    }
}
