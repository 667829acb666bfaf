//! POSIX close().

use crate::{Errno, Fd, Kernel, Pid, Result, Tid};

impl Kernel {
    /// Closes a descriptor, which is free afterwards whatever the answer.
    pub fn close(&mut self, tid: Tid, fd: Fd) -> Result<()> {
        let pid = self.enter(tid)?;
        Ok(self.close_descriptor(pid, fd)?)
    }

    /// Closes a descriptor of a process, with all locks the process has on the file (POSIX fcntl()).
    pub(crate) fn close_descriptor(&mut self, pid: Pid, fd: Fd) -> Result<(), Errno> {
        let descriptor = self.process_mut(pid).descriptors.remove(fd)?;
        self.unlock_process(pid, descriptor.file);
        self.release(descriptor.file);
        Ok(())
    }

    /// Closes all descriptors of a process that ends.
    pub(crate) fn close_all(&mut self, pid: Pid) {
        self.close_where(pid, |_| true);
        self.forget_lock_wait(pid);
    }

    /// Closes the descriptors that do not survive exec.
    pub(crate) fn close_on_exec(&mut self, pid: Pid) {
        self.close_where(pid, |close_on_exec| close_on_exec);
    }

    fn close_where(&mut self, pid: Pid, closes: impl Fn(bool) -> bool) {
        let descriptors = self.process(pid).descriptors.iter();
        let fds: Vec<Fd> = descriptors.filter(|(_, d)| closes(d.close_on_exec)).map(|(fd, _)| fd).collect();
        for fd in fds.into_iter().rev() {
            // A descriptor just listed is there.
            let _ = self.close_descriptor(pid, fd);
        }
    }
}
