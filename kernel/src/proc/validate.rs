//! Checks that the processes of a snapshot fit together.

use super::process::Status;
use super::table::Processes;

impl Processes {
    /// Whether processes, tasks and sessions fit together.
    pub(crate) fn validate(&self) -> Result<(), &'static str> {
        if self.get(1).is_none_or(|init| init.tasks.is_empty() || init.status != Status::Running) {
            return Err("pid 1 is not running");
        }
        let mut tasks = 0;
        for (pid, process) in self.by_pid() {
            if process.pid != pid {
                return Err("a process under another's number");
            }
            if process.is_zombie() && !(process.tasks.is_empty() && process.descriptors.iter().next().is_none()) {
                return Err("a process that goes on after its end");
            }
            if !self.sessions.contains_key(&process.session) {
                return Err("a process without a session");
            }
            if process.tasks.iter().any(|&tid| self.of_task(tid) != Some(pid)) {
                return Err("a task of another process");
            }
            tasks += process.tasks.len();
        }
        if tasks != self.task_count() { Err("a task of no process") } else { Ok(()) }
    }
}
