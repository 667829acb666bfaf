//! POSIX _exit(), and every other way for a process to end.

use super::process::Status;
use super::signal::number;
use super::wait::StateChange;
use crate::{Kernel, Pid, Tid, Verdict};

impl Kernel {
    /// Ends the process of a task with this status.
    pub fn exit(&mut self, tid: Tid, status: u8) {
        if let Some(pid) = self.state.processes.of_task(tid) {
            self.terminate(pid, StateChange::Exited(status));
        }
    }

    /// Ends the process of a task as a signal would, for a reason that only the host knows.
    pub fn abort(&mut self, tid: Tid, signal: u8, reason: &str) {
        if let Some(pid) = self.state.processes.of_task(tid) {
            let path = self.process(pid).path.clone();
            self.audit_event(pid, "abort", &path, Verdict::Denied, reason);
            self.terminate(pid, StateChange::Signaled(signal.clamp(1, number::MAX)));
        }
    }

    /// Ends a process: gives back what it holds, tells its parent, and lets its tasks know that they are over.
    pub(crate) fn terminate(&mut self, pid: Pid, how: StateChange) {
        if pid == 1 || self.process(pid).is_zombie() {
            return;
        }
        self.cancel_alarm(pid);
        for tid in self.state.processes.remove_tasks(pid) {
            self.host.wake(tid);
        }
        self.close_all(pid);
        let root = self.root_location();
        let process = self.process_mut(pid);
        process.status = Status::Zombie(how);
        process.change = None;
        process.memory = 0;
        let cwd = std::mem::replace(&mut process.cwd, root);
        let program = process.program_file.take();
        let (group, session, parent, orphan) = (process.group, process.session, process.parent, process.orphan);
        self.location_drop(cwd);
        if let Some(file) = program {
            self.release(file);
        }
        if session == pid {
            self.end_session(pid);
        }
        // Its children, and with them their groups, may have lost the only process that could continue them.
        let mut groups = vec![group];
        for child in self.state.processes.children(pid) {
            let child = self.process_mut(child);
            groups.push(child.group);
            (child.parent, child.orphan) = (1, true);
            let (child, ended) = (child.pid, child.is_zombie());
            if ended {
                self.reap(child);
            }
        }
        groups.sort_unstable();
        groups.dedup();
        for group in groups {
            self.hang_up_if_orphaned(group);
        }
        let ignoring = self.state.processes.get(parent).is_some_and(|parent| parent.signals.is_ignored(number::CHLD));
        self.tell_parent(pid);
        if orphan || ignoring {
            self.reap(pid);
            // A parent that waits for its last child has to be told that there is none.
            if let Some(parent) = self.state.processes.get_mut(parent) {
                parent.waiters.wake(&mut *self.host);
            }
        }
    }

    /// Removes a zombie.
    pub(crate) fn reap(&mut self, pid: Pid) {
        if let Some(process) = self.state.processes.remove(pid) {
            self.location_drop(process.cwd);
            if let Some(file) = process.program_file {
                self.release(file);
            }
            self.forget_session(process.session);
        }
    }

    /// The session's leader has ended: its terminal is free, and the foreground group hears of it (POSIX _Exit()).
    fn end_session(&mut self, session: Pid) {
        let Some(session) = self.state.processes.sessions.get_mut(&session) else { return };
        if let Some(terminal) = session.terminal.take()
            && let Some(group) = self.terminal_release(terminal)
        {
            self.raise_group(group, number::HUP);
            self.raise_group(group, number::CONT);
        }
    }

    fn hang_up_if_orphaned(&mut self, group: Pid) {
        let stopped = |pid: &Pid| matches!(self.process(*pid).status, Status::Stopped(_));
        if self.state.processes.group(group).iter().any(stopped) && self.state.processes.is_orphaned(group) {
            self.raise_group(group, number::HUP);
            self.raise_group(group, number::CONT);
        }
    }
}
