//! Moving instants to another clock.

use crate::{Instant, Kernel};

impl Kernel {
    /// Makes every instant of the state, counted from when the clock showed `before`, one of the present clock.
    pub(super) fn shift_time(&mut self, before: Instant) {
        let now = self.host.monotonic();
        let shift = |at: Instant| match at {
            Instant::MAX => at,
            _ if at >= before => now.saturating_add(at - before),
            _ => now.saturating_sub(before - at),
        };
        let state = &mut self.state;
        state.timers.shift(shift);
        state.net.shift_time(shift);
        for process in state.processes.iter_mut() {
            process.started = shift(process.started);
            if let Some(alarm) = &mut process.alarm {
                alarm.at = shift(alarm.at);
            }
        }
    }
}
