//! POSIX waitid().

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

use super::account::Usage;
use super::process::{Process, Status};
use super::signal::Signal;
use crate::{Errno, Kernel, Pid, Result, Tid};

/// Which children are waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WaitFor {
    /// All of them.
    Any,
    /// This one.
    Child(Pid),
    /// Those of a group; 0 is the caller's own.
    Group(Pid),
}

bitflags! {
    /// Options of waitid().
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct WaitOptions: u8 {
        /// WNOHANG.
        const NO_HANG = 1;
        /// WUNTRACED.
        const STOPPED = 2;
        /// WCONTINUED.
        const CONTINUED = 4;
        /// WNOWAIT.
        const NO_WAIT = 8;
    }
}

/// What has become of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum StateChange {
    /// It has ended, with this status.
    Exited(u8),
    /// It was ended by a signal.
    Signaled(Signal),
    /// It was stopped by a signal.
    Stopped(Signal),
    /// It goes on.
    Continued,
}

/// What waitid() gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitStatus {
    /// The child.
    pub pid: Pid,
    /// What has become of it.
    pub change: StateChange,
    /// What it has used, its own waited-for children included.
    pub usage: Usage,
}

impl Kernel {
    /// Waits for a child to end, and if asked to stop or go on; `CHILD` where there is none to wait for.
    pub fn wait(&mut self, tid: Tid, what: WaitFor, options: WaitOptions) -> Result<Option<WaitStatus>> {
        let pid = self.enter(tid)?;
        let own_group = self.process(pid).group;
        let wanted = |child: &Process| {
            child.parent == pid
                && child.pid != pid
                && !child.orphan
                && match what {
                    WaitFor::Any => true,
                    WaitFor::Child(wanted) => child.pid == wanted,
                    WaitFor::Group(0) => child.group == own_group,
                    WaitFor::Group(group) => child.group == group,
                }
        };
        let mut any = false;
        let mut found = None;
        let mut consider = |child: &Process| {
            if wanted(child) {
                any = true;
                found = found.or(change_of(child, options).map(|change| (child.pid, change)));
            }
        };
        match what {
            // The usual case needs no look at the whole table.
            WaitFor::Child(child) => self.state.processes.get(child).into_iter().for_each(&mut consider),
            _ => self.state.processes.iter().for_each(&mut consider),
        }
        if let Some((child, change)) = found {
            return Ok(Some(self.report(pid, child, change, options)));
        }
        if !any {
            return Err(Errno::CHILD.into());
        }
        if options.contains(WaitOptions::NO_HANG) {
            return Ok(None);
        }
        self.process_mut(pid).waiters.wait(tid);
        self.block(tid, false)
    }

    fn report(&mut self, parent: Pid, child: Pid, change: StateChange, options: WaitOptions) -> WaitStatus {
        let process = self.process_mut(child);
        let usage = process.usage.plus(process.children_usage);
        if !options.contains(WaitOptions::NO_WAIT) {
            process.change = None;
            if process.is_zombie() {
                self.reap(child);
                let parent = self.process_mut(parent);
                parent.children_usage = parent.children_usage.plus(usage);
            }
        }
        WaitStatus { pid: child, change, usage }
    }
}

fn change_of(child: &Process, options: WaitOptions) -> Option<StateChange> {
    if let Status::Zombie(how) = child.status {
        return Some(how);
    }
    child.change.filter(|change| match change {
        StateChange::Stopped(_) => options.contains(WaitOptions::STOPPED),
        StateChange::Continued => options.contains(WaitOptions::CONTINUED),
        StateChange::Exited(_) | StateChange::Signaled(_) => false,
    })
}
