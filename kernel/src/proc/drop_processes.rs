//! Restoring a state without the processes that ran in it.

use super::process::Process;
use super::session::Session;
use crate::{Kernel, Pid};

impl Kernel {
    /// Removes every process but pid 1, and every task of pid 1 but its first: nobody runs them any more. No signal is
    /// raised, and nobody is left to wait for them.
    pub(crate) fn drop_processes(&mut self) {
        let pids: Vec<Pid> = self.state.processes.pids(|process| process.pid != 1);
        for pid in pids {
            self.cancel_alarm(pid);
            self.state.processes.remove_tasks(pid);
            self.close_all(pid);
            let Some(Process { cwd, program_file, .. }) = self.state.processes.remove(pid) else { continue };
            self.location_drop(cwd);
            if let Some(file) = program_file {
                self.release(file);
            }
        }
        let first = self.process(1).tasks.first().copied();
        for tid in self.process(1).tasks.clone() {
            if Some(tid) != first {
                self.state.processes.remove_task(tid);
            }
        }
        let init = self.process_mut(1);
        (init.group, init.session) = (1, 1);
        let terminals = std::mem::take(&mut self.state.processes.sessions).into_values().filter_map(|s| s.terminal);
        for terminal in terminals.collect::<Vec<_>>() {
            self.terminal_release(terminal);
        }
        self.state.processes.sessions.insert(1, Session::default());
    }
}
