//! The master's side: typing, and reading what programs wrote.

use super::Control;
use crate::{Errno, Kernel, Result, Tid};

impl Kernel {
    /// Takes output of the terminal. `IO` where there is none, and nobody has the terminal open any more.
    pub(crate) fn pty_master_read(&mut self, tid: Tid, pty: u32, length: u32, nonblock: bool) -> Result<Vec<u8>> {
        let entry = self.pty_mut(pty);
        if length == 0 {
            return Ok(Vec::new());
        }
        if entry.line.output.is_empty() {
            if entry.is_deserted() {
                return Err(Errno::IO.into());
            }
            if !nonblock {
                entry.master_reading.wait(tid);
            }
            return self.block(tid, nonblock);
        }
        let data = entry.line.output.pop(length as usize);
        self.pty_wake(pty);
        Ok(data)
    }

    /// Types bytes: as many as the terminal has room for.
    pub(crate) fn pty_master_write(&mut self, tid: Tid, pty: u32, data: Vec<u8>, nonblock: bool) -> Result<u32> {
        if data.is_empty() {
            return Ok(0);
        }
        let now = self.host.monotonic();
        let entry = self.pty_mut(pty);
        let mut signals = Vec::new();
        let count = entry.line.receive(&data, &mut signals);
        if count == 0 {
            if !nonblock {
                entry.master_writing.wait(tid);
            }
            return self.block(tid, nonblock);
        }
        if entry.line.attributes.character(Control::Time) > 0 {
            entry.last_input = now;
        }
        let foreground = entry.foreground;
        self.pty_wake(pty);
        if let Some(group) = foreground {
            for signal in signals {
                self.raise_group(group, signal);
            }
        }
        Ok(count as u32)
    }

    /// Bytes that the master can read at once.
    pub(crate) fn pty_master_available(&self, pty: u32) -> u64 {
        self.pty(pty).line.output.len() as u64
    }
}
