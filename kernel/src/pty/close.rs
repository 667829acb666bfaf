//! Closing either side (POSIX 11.1.10, Modem Disconnect; 11.1.11, Closing a Terminal Device File).

use super::MEMORY;
use crate::Kernel;
use crate::proc::number::{CONT, HUP};

impl Kernel {
    /// The master is gone: the terminal is hung up, and those who were at it are told.
    pub(crate) fn pty_close_master(&mut self, pty: u32) {
        let Some(entry) = self.state.ptys.get_mut(pty) else { return };
        entry.hung_up = true;
        entry.line.flush_input();
        entry.line.flush_output();
        let session = entry.session.take();
        let foreground = entry.foreground.take();
        self.pty_wake(pty);
        self.pty_forget(pty);
        let Some(leader) = session else { return };
        if let Some(session) = self.state.processes.sessions.get_mut(&leader) {
            session.terminal = None;
        }
        self.raise(leader, HUP);
        self.raise(leader, CONT);
        if let Some(group) = foreground {
            self.raise_group(group, HUP);
            self.raise_group(group, CONT);
        }
    }

    /// An open file of the terminal side is gone. After the last one the master reads an error.
    pub(crate) fn pty_close_terminal(&mut self, pty: u32) {
        let Some(entry) = self.state.ptys.get_mut(pty) else { return };
        entry.terminals -= 1;
        if entry.terminals == 0 {
            self.pty_wake(pty);
            self.pty_forget(pty);
        }
    }

    fn pty_forget(&mut self, pty: u32) {
        if self.state.ptys.get(pty).is_some_and(|entry| entry.hung_up && entry.terminals == 0) {
            self.state.ptys.remove(pty);
            self.uncharge(MEMORY);
        }
    }
}
