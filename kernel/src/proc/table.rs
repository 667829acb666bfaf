//! The process table.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::process::{Process, Status};
use super::session::Session;
use crate::{Fault, Pid, Result, Tid};

/// Highest process number; after it they begin anew.
pub(crate) const PID_MAX: Pid = 4_194_304;

/// All processes and tasks.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Processes {
    table: BTreeMap<Pid, Process>,
    tasks: BTreeMap<Tid, Pid>,
    pub(crate) sessions: BTreeMap<Pid, Session>,
    last_pid: Pid,
    last_tid: Tid,
    /// CPU nanoseconds used by all processes there were.
    pub(crate) cpu: u64,
}

impl Processes {
    /// See `Kernel::enter`.
    pub fn enter(&self, tid: Tid) -> Result<Pid> {
        let pid = *self.tasks.get(&tid).ok_or(Fault::Gone)?;
        match self.table.get(&pid).map(|process| process.status) {
            Some(Status::Running) => Ok(pid),
            Some(Status::Stopped(_)) => Err(Fault::Blocked),
            Some(Status::Zombie(_)) | None => Err(Fault::Gone),
        }
    }

    /// The process of a task.
    pub fn of_task(&self, tid: Tid) -> Option<Pid> {
        self.tasks.get(&tid).copied()
    }

    /// The process with this pid.
    pub fn get(&self, pid: Pid) -> Option<&Process> {
        self.table.get(&pid)
    }

    /// The process with this pid, to change.
    pub fn get_mut(&mut self, pid: Pid) -> Option<&mut Process> {
        self.table.get_mut(&pid)
    }

    /// All processes, zombies included, by pid.
    pub fn iter(&self) -> impl Iterator<Item = &Process> {
        self.table.values()
    }

    /// All processes with the number each is found by.
    pub(super) fn by_pid(&self) -> impl Iterator<Item = (Pid, &Process)> {
        self.table.iter().map(|(&pid, process)| (pid, process))
    }

    /// All processes, zombies included, to change.
    pub(crate) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Process> {
        self.table.values_mut()
    }

    /// How many there are, zombies included.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Whether there are none: before boot.
    pub fn is_empty(&self) -> bool {
        self.table.is_empty()
    }

    /// How many tasks there are.
    pub fn task_count(&self) -> usize {
        self.tasks.len()
    }

    /// Whether a caught signal is pending for the task's process.
    pub fn interrupted(&self, tid: Tid) -> bool {
        let process = self.of_task(tid).and_then(|pid| self.table.get(&pid));
        process.is_some_and(|process| process.signals.is_interrupting())
    }

    /// Pids of a group's processes, zombies left out.
    pub(crate) fn group(&self, group: Pid) -> Vec<Pid> {
        self.pids(|process| process.group == group && !process.is_zombie())
    }

    /// Pids of a process's children, zombies included.
    pub(crate) fn children(&self, parent: Pid) -> Vec<Pid> {
        self.pids(|process| process.parent == parent && process.pid != parent)
    }

    /// Pids of the processes that `which` picks.
    pub(crate) fn pids(&self, which: impl Fn(&Process) -> bool) -> Vec<Pid> {
        self.table.values().filter(|process| which(process)).map(|process| process.pid).collect()
    }

    /// A process number that stands for no process, group or session.
    pub(crate) fn new_pid(&mut self) -> Pid {
        loop {
            self.last_pid = if self.last_pid >= PID_MAX { 2 } else { self.last_pid + 1 };
            let pid = self.last_pid;
            if !self.table.contains_key(&pid)
                && !self.sessions.contains_key(&pid)
                && !self.table.values().any(|process| process.group == pid)
            {
                return pid;
            }
        }
    }

    /// Enters a process whose `pid` is set.
    pub(crate) fn insert(&mut self, process: Process) {
        self.table.insert(process.pid, process);
    }

    /// Takes a process out.
    pub(crate) fn remove(&mut self, pid: Pid) -> Option<Process> {
        self.table.remove(&pid)
    }

    /// A new task of a process.
    pub(crate) fn new_task(&mut self, pid: Pid) -> Tid {
        loop {
            self.last_tid = self.last_tid.wrapping_add(1).max(1);
            if !self.tasks.contains_key(&self.last_tid) {
                break;
            }
        }
        self.tasks.insert(self.last_tid, pid);
        self.table.get_mut(&pid).expect("process of a new task").tasks.push(self.last_tid);
        self.last_tid
    }

    /// Ends a task, giving its process.
    pub(crate) fn remove_task(&mut self, tid: Tid) -> Option<Pid> {
        let pid = self.tasks.remove(&tid)?;
        if let Some(process) = self.table.get_mut(&pid) {
            process.tasks.retain(|&task| task != tid);
        }
        Some(pid)
    }

    /// Ends all tasks of a process.
    pub(crate) fn remove_tasks(&mut self, pid: Pid) -> Vec<Tid> {
        let tasks = self.table.get_mut(&pid).map(|process| std::mem::take(&mut process.tasks)).unwrap_or_default();
        for tid in &tasks {
            self.tasks.remove(tid);
        }
        tasks
    }

    /// Whether nobody outside the group, but in its session, is the parent of one of its processes (POSIX 3.244).
    pub fn is_orphaned(&self, group: Pid) -> bool {
        !self.table.values().any(|process| {
            process.group == group
                && !process.is_zombie()
                && self
                    .table
                    .get(&process.parent)
                    .is_some_and(|parent| parent.pid != 1 && parent.group != group && parent.session == process.session)
        })
    }
}
