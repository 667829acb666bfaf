//! POSIX tcsetattr() and tcdrain().

use super::{Attributes, Side};
use crate::proc::number::TTOU;
use crate::{Fd, Kernel, Result, Tid};

/// When new attributes take effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// At once (TCSANOW).
    Now,
    /// When output has been transmitted (TCSADRAIN).
    Drain,
    /// As `Drain`, and unread input is dropped (TCSAFLUSH).
    Flush,
}

impl Kernel {
    /// Sets the modes of a terminal, from either side.
    ///
    /// Output of a pseudo-terminal counts as transmitted as soon as the master can read it, so there is nothing to wait for.
    pub fn set_terminal_attributes(&mut self, tid: Tid, fd: Fd, when: When, attributes: Attributes) -> Result<()> {
        let pid = self.enter(tid)?;
        let (pty, side) = self.live_pty_of(pid, fd)?;
        if side == Side::Terminal {
            self.check_foreground(tid, pty, TTOU)?;
        }
        let line = &mut self.pty_mut(pty).line;
        if when == When::Flush {
            line.flush_input();
        }
        line.set_attributes(attributes);
        self.pty_wake(pty);
        Ok(())
    }

    /// Waits until output has been transmitted: as with `set_attributes`, it always has.
    pub fn drain_terminal(&mut self, tid: Tid, fd: Fd) -> Result<()> {
        let pid = self.enter(tid)?;
        let (pty, side) = self.live_pty_of(pid, fd)?;
        if side == Side::Terminal {
            self.check_foreground(tid, pty, TTOU)?;
        }
        Ok(())
    }
}
