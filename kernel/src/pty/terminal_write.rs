//! Writing to a terminal (POSIX 11.1.8).

use super::LocalModes;
use crate::proc::number::TTOU;
use crate::{Errno, Kernel, Result, Tid};

impl Kernel {
    /// Writes bytes: as many as there is room for. `IO` after a hangup.
    pub(crate) fn terminal_write(&mut self, tid: Tid, pty: u32, data: Vec<u8>, nonblock: bool) -> Result<u32> {
        if self.pty(pty).hung_up {
            return Err(Errno::IO.into());
        }
        if self.pty(pty).line.has(LocalModes::TOSTOP) {
            self.check_foreground(tid, pty, TTOU)?;
        }
        if data.is_empty() {
            return Ok(0);
        }
        let entry = self.state.ptys.get_mut(pty).expect("pseudo-terminal of an open file");
        let count = entry.line.write(data);
        if count == 0 {
            if !nonblock {
                entry.writing.wait(tid);
            }
            return self.block(tid, nonblock);
        }
        entry.master_reading.wake(&mut *self.host);
        Ok(count as u32)
    }
}
