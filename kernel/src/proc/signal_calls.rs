//! POSIX sigaction(), sigprocmask(), sigpending(), sigsuspend(); and the delivery of signals.

use super::process::Status;
use super::signal::{self, Action, Disposition, MaskHow, STOPS, Signal, SignalSet, UNSTOPPABLE, bit, number};
use super::wait::StateChange;
use crate::{Errno, Fault, Kernel, Pid, Result, Tid};

impl Kernel {
    /// Sets what is done about a signal; gives what was done before.
    pub fn signal_action(&mut self, tid: Tid, signal: Signal, disposition: Option<Disposition>) -> Result<Disposition> {
        let pid = self.enter(tid)?;
        check(signal)?;
        let before = self.process(pid).signals.disposition(signal);
        if let Some(disposition) = disposition {
            if bit(signal) & UNSTOPPABLE != 0 {
                return Err(Errno::INVAL.into());
            }
            self.process_mut(pid).signals.set_disposition(signal, disposition);
            self.deliver_signals(pid);
        }
        Ok(before)
    }

    /// Changes the signal mask; gives the one before.
    pub fn signal_mask(&mut self, tid: Tid, how: MaskHow, set: SignalSet) -> Result<SignalSet> {
        let pid = self.enter(tid)?;
        let mask = &mut self.process_mut(pid).signals.mask;
        let before = *mask;
        *mask = match how {
            MaskHow::Block => before | set,
            MaskHow::Unblock => before & !set,
            MaskHow::Set => set,
        } & !UNSTOPPABLE;
        self.deliver_signals(pid);
        Ok(before)
    }

    /// Signals that are pending.
    pub fn signal_pending(&mut self, tid: Tid) -> Result<SignalSet> {
        let pid = self.enter(tid)?;
        let signals = &self.process(pid).signals;
        Ok(signals.pending | signals.accepted)
    }

    /// Takes the next caught signal.
    pub fn signal_take(&mut self, tid: Tid) -> Result<Option<Signal>> {
        let pid = self.enter(tid)?;
        Ok(self.process_mut(pid).signals.take())
    }

    /// Waits, with this mask, until a caught signal is pending: always ends in `INTR`.
    pub fn signal_suspend(&mut self, tid: Tid, mask: SignalSet) -> Result<()> {
        let pid = self.enter(tid)?;
        let signals = &mut self.process_mut(pid).signals;
        if signals.suspended.is_none() {
            signals.suspended = Some(signals.mask);
        }
        signals.mask = mask & !UNSTOPPABLE;
        self.deliver_signals(pid);
        self.enter(tid)?;
        let signals = &mut self.process_mut(pid).signals;
        if !signals.is_interrupting() {
            return Err(Fault::Blocked);
        }
        let accepted = signals.deliverable() & signals.caught;
        signals.accepted |= accepted;
        signals.pending &= !accepted;
        signals.mask = signals.suspended.take().unwrap_or_default();
        Err(Errno::INTR.into())
    }

    /// Sends a signal to one process. Pid 1 is the embedder: no signal reaches it.
    pub(crate) fn raise(&mut self, pid: Pid, signal: Signal) {
        let Some(process) = self.state.processes.get_mut(pid).filter(|process| pid != 1 && !process.is_zombie()) else {
            return;
        };
        let set = bit(signal);
        if signal == number::CONT {
            process.signals.pending &= !STOPS;
            self.resume(pid);
        } else if STOPS & set != 0 {
            process.signals.pending &= !bit(number::CONT);
        }
        let signals = &mut self.process_mut(pid).signals;
        if signals.action(signal) == Action::Ignore && !signals.is_blocked(signal) {
            return;
        }
        signals.pending |= set;
        self.deliver_signals(pid);
    }

    /// Sends a signal to each process of a group.
    pub(crate) fn raise_group(&mut self, group: Pid, signal: Signal) {
        for pid in self.state.processes.group(group) {
            self.raise(pid, signal);
        }
    }

    /// Acts on the pending signals that are not blocked.
    pub(crate) fn deliver_signals(&mut self, pid: Pid) {
        loop {
            let process = self.process(pid);
            let ready = match process.status {
                Status::Running => process.signals.deliverable() & !process.signals.caught,
                // Only SIGKILL reaches a stopped process; the others wait for SIGCONT.
                Status::Stopped(_) => process.signals.deliverable() & bit(number::KILL),
                Status::Zombie(_) => return,
            };
            if ready == 0 {
                break;
            }
            let signal = ready.trailing_zeros() as Signal + 1;
            let action = process.signals.action(signal);
            self.process_mut(pid).signals.pending &= !bit(signal);
            match action {
                Action::Terminate => return self.terminate(pid, StateChange::Signaled(signal)),
                Action::Stop => self.stop(pid, signal),
                Action::Ignore | Action::Catch => {}
            }
        }
        if self.process(pid).signals.is_interrupting() {
            self.wake_tasks(pid);
        }
    }

    fn stop(&mut self, pid: Pid, signal: Signal) {
        // Nobody could continue it (POSIX 2.4.3).
        if signal != number::STOP && self.state.processes.is_orphaned(self.process(pid).group) {
            return;
        }
        let process = self.process_mut(pid);
        process.status = Status::Stopped(signal);
        process.change = Some(StateChange::Stopped(signal));
        // So that a running task learns of it.
        self.wake_tasks(pid);
        self.tell_parent(pid);
    }

    fn resume(&mut self, pid: Pid) {
        let process = self.process_mut(pid);
        if let Status::Stopped(_) = process.status {
            process.status = Status::Running;
            process.change = Some(StateChange::Continued);
            self.wake_tasks(pid);
            self.tell_parent(pid);
        }
    }

    /// Lets the tasks of a process look at the kernel again.
    pub(crate) fn wake_tasks(&mut self, pid: Pid) {
        if let Some(process) = self.state.processes.get(pid) {
            for &tid in &process.tasks {
                self.host.wake(tid);
            }
        }
    }

    /// Tells a process's parent that its child has ended, stopped or gone on.
    pub(crate) fn tell_parent(&mut self, pid: Pid) {
        let parent = self.process(pid).parent;
        if let Some(parent) = self.state.processes.get_mut(parent) {
            parent.waiters.wake(&mut *self.host);
        }
        self.raise(parent, number::CHLD);
    }
}

/// `INVAL` unless there is such a signal.
pub(super) fn check(signal: Signal) -> Result<(), Errno> {
    if (1..=signal::number::MAX).contains(&signal) { Ok(()) } else { Err(Errno::INVAL) }
}
