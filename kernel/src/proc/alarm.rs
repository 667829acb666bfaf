//! POSIX alarm() and setitimer(ITIMER_REAL).

use serde::{Deserialize, Serialize};

use super::signal::number;
use crate::system::Timer;
use crate::{Instant, Kernel, Pid, Result, Tid};

/// A process's alarm clock.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct Alarm {
    /// When it rings.
    pub at: Instant,
    /// Nanoseconds between rings; 0: it rings once.
    pub interval: u64,
}

impl Kernel {
    /// Sends SIGALRM after `delay` nanoseconds, then every `interval`; gives the time that was left of an earlier alarm.
    pub fn alarm(&mut self, tid: Tid, delay: u64, interval: u64) -> Result<u64> {
        let pid = self.enter(tid)?;
        let now = self.host.monotonic();
        let left = self.process(pid).alarm.map_or(0, |alarm| alarm.at.saturating_sub(now).max(1));
        self.cancel_alarm(pid);
        if delay > 0 {
            self.set_alarm(pid, Alarm { at: now.saturating_add(delay), interval });
        }
        Ok(left)
    }

    fn set_alarm(&mut self, pid: Pid, alarm: Alarm) {
        self.process_mut(pid).alarm = Some(alarm);
        self.add_timer(alarm.at, Timer::Alarm(pid));
    }

    pub(crate) fn cancel_alarm(&mut self, pid: Pid) {
        if let Some(alarm) = self.process_mut(pid).alarm.take() {
            self.remove_timer(alarm.at, Timer::Alarm(pid));
        }
    }

    /// The alarm's time has come.
    pub(crate) fn ring(&mut self, pid: Pid) {
        let Some(alarm) = self.state.processes.get_mut(pid).and_then(|process| process.alarm.take()) else { return };
        if alarm.interval > 0 {
            // Rings that were missed are not made up for.
            let at = alarm.at.saturating_add(alarm.interval).max(self.host.monotonic());
            self.set_alarm(pid, Alarm { at, ..alarm });
        }
        self.raise(pid, number::ALRM);
    }
}
