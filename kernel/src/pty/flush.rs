//! POSIX tcflush().

use super::Side;
use crate::proc::number::TTOU;
use crate::{Fd, Kernel, Result, Tid};

/// What is flushed, as the side that asks sees it.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queue {
    Input,
    Output,
    Both,
}

impl Kernel {
    /// Drops bytes that were received and not read, or written and not transmitted.
    pub fn flush_terminal(&mut self, tid: Tid, fd: Fd, queue: Queue) -> Result<()> {
        let pid = self.enter(tid)?;
        let (pty, side) = self.live_pty_of(pid, fd)?;
        if side == Side::Terminal {
            self.check_foreground(tid, pty, TTOU)?;
        }
        let line = &mut self.pty_mut(pty).line;
        // What is input of the one side is output of the other.
        let (input, output) =
            if side == Side::Terminal { (Queue::Input, Queue::Output) } else { (Queue::Output, Queue::Input) };
        if queue == input || queue == Queue::Both {
            line.flush_input();
        }
        if queue == output || queue == Queue::Both {
            line.flush_output();
        }
        self.pty_wake(pty);
        Ok(())
    }
}
