//! What a background process group may do to its terminal (POSIX 11.1.4).

use crate::proc::number::TTIN;
use crate::{Errno, Kernel, Result, Tid};

impl Kernel {
    /// Lets a process pass that is in the foreground, or whose controlling terminal this is not. Any other process group is
    /// sent `signal` (SIGTTIN to a reader, SIGTTOU to a writer), which stops it, unless it does not care for that signal.
    pub(super) fn check_foreground(&mut self, tid: Tid, pty: u32, signal: u8) -> Result<()> {
        let pid = self.enter(tid)?;
        let group = self.process(pid).group;
        let foreground = self.pty(pty).foreground;
        if self.controlling_terminal(pid) != Some(pty) || foreground.is_none_or(|foreground| foreground == group) {
            return Ok(());
        }
        let signals = &self.process(pid).signals;
        if signals.is_blocked(signal) || signals.is_ignored(signal) {
            return if signal == TTIN { Err(Errno::IO.into()) } else { Ok(()) };
        }
        // Nobody could continue it, and no signal reaches pid 1.
        if pid == 1 || self.state.processes.is_orphaned(group) {
            return Err(Errno::IO.into());
        }
        self.raise_group(group, signal);
        self.enter(tid)?;
        self.block(tid, false)
    }
}
