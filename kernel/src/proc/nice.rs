//! POSIX nice(), getpriority(), setpriority().

use crate::{Errno, Kernel, Pid, Result, Tid};

impl Kernel {
    /// The nice value of a process; 0 is the caller.
    pub fn get_nice(&mut self, tid: Tid, pid: Pid) -> Result<i8> {
        let caller = self.enter(tid)?;
        let pid = if pid == 0 { caller } else { pid };
        Ok(self.state.processes.get(pid).ok_or(Errno::SRCH)?.nice)
    }

    /// Sets a nice value, brought within -20 to 19. Only the privileged lower one.
    pub fn set_nice(&mut self, tid: Tid, pid: Pid, value: i8) -> Result<()> {
        let caller = self.enter(tid)?;
        let pid = self.subject(caller, pid)?;
        let value = value.clamp(-20, 19);
        if value < self.process(pid).nice && self.process(caller).effective_uid != 0 {
            return Err(Errno::ACCES.into());
        }
        self.process_mut(pid).nice = value;
        Ok(())
    }
}
