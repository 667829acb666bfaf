//! Things to do at a certain instant: one queue, of which the host knows the first instant.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::{Instant, Kernel, Pid, Tid};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Timer {
    /// A process's alarm rings.
    Alarm(Pid),
    /// A task looks at its call again.
    Wake(Tid),
}

/// What is to be done, by time.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Timers(BTreeSet<(Instant, Timer)>);

impl Timers {
    /// Moves every instant.
    pub(super) fn shift(&mut self, shift: impl Fn(Instant) -> Instant) {
        self.0 = self.0.iter().map(|&(at, timer)| (shift(at), timer)).collect();
    }

    fn next(&self) -> Instant {
        self.0.first().map_or(Instant::MAX, |(at, _)| *at)
    }
}

impl Kernel {
    pub(crate) fn add_timer(&mut self, at: Instant, timer: Timer) {
        let before = self.state.timers.next();
        self.state.timers.0.insert((at, timer));
        if at < before {
            self.host.set_timer(at);
        }
    }

    /// Forgets a timer. The host may still call at its time, for nothing.
    pub(crate) fn remove_timer(&mut self, at: Instant, timer: Timer) {
        self.state.timers.0.remove(&(at, timer));
    }

    /// Lets a task look at its call again at an instant.
    pub(crate) fn wake_at(&mut self, tid: Tid, at: Instant) {
        self.add_timer(at, Timer::Wake(tid));
    }

    /// Does what is due.
    pub fn tick(&mut self) {
        let now = self.host.monotonic();
        while let Some(&(at, timer)) = self.state.timers.0.first().filter(|(at, _)| *at <= now) {
            self.state.timers.0.remove(&(at, timer));
            match timer {
                Timer::Alarm(pid) => self.ring(pid),
                Timer::Wake(tid) => self.host.wake(tid),
            }
        }
        self.set_host_timer();
    }

    /// Tells the host when to call again.
    pub(crate) fn set_host_timer(&mut self) {
        self.host.set_timer(self.state.timers.next());
    }
}
