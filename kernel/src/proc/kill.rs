//! POSIX kill().

use super::process::Process;
use super::signal::{Signal, number};
use super::signal_calls::check;
use crate::{Errno, Fault, Kernel, Pid, Result, Tid};

/// Whom a signal goes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KillTarget {
    /// One process.
    Process(Pid),
    /// The processes of a group.
    Group(Pid),
    /// The caller's group.
    OwnGroup,
    /// Every process but pid 1 and the caller.
    All,
}

impl Kernel {
    /// Sends a signal; 0 only checks whether one could be sent.
    pub fn kill(&mut self, tid: Tid, target: KillTarget, signal: Signal) -> Result<()> {
        let pid = self.enter(tid)?;
        if signal != 0 {
            check(signal)?;
        }
        let group = match target {
            KillTarget::Group(group) => group,
            _ => self.process(pid).group,
        };
        let targets = self.state.processes.pids(|process| match target {
            KillTarget::Process(target) => process.pid == target,
            KillTarget::Group(_) | KillTarget::OwnGroup => process.group == group && process.pid != 1,
            KillTarget::All => process.pid != 1 && process.pid != pid,
        });
        if targets.is_empty() {
            return Err(Errno::SRCH.into());
        }
        let (allowed, refused): (Vec<_>, Vec<_>) = targets.into_iter().partition(|&target| {
            let (sender, target) = (self.process(pid), self.process(target));
            may_signal(sender, target, signal)
        });
        if allowed.is_empty() && !refused.is_empty() {
            return Err(Errno::PERM.into());
        }
        if signal != 0 {
            for target in allowed {
                self.raise(target, signal);
            }
        }
        // A process that ended itself does not come back; one that stopped itself stops at its next call.
        match self.enter(tid) {
            Err(Fault::Gone) => Err(Fault::Gone),
            _ => Ok(()),
        }
    }
}

fn may_signal(sender: &Process, target: &Process, signal: Signal) -> bool {
    if target.pid == 1 && sender.pid != 1 && signal != 0 {
        return false;
    }
    sender.effective_uid == 0
        || [sender.uid, sender.effective_uid].contains(&target.uid)
        || signal == number::CONT && sender.session == target.session
}
