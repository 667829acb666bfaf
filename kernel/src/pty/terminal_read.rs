//! Reading a terminal (POSIX 11.1.5 to 11.1.7).

use serde::{Deserialize, Serialize};

use super::{Control, Pty};
use crate::proc::number::TTIN;
use crate::{Fault, Instant, Kernel, Result, Tid};

/// The unit of TIME: a tenth of a second.
const TIME_UNIT: u64 = 100_000_000;

/// A read whose time is measured (TIME).
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct TimedRead {
    tid: Tid,
    /// When it began to count.
    since: Instant,
}

impl Kernel {
    /// Takes input: of one line, or as much as MIN and TIME say. Nothing at the end of the file, and after a hangup.
    pub(crate) fn terminal_read(&mut self, tid: Tid, pty: u32, length: u32, nonblock: bool) -> Result<Vec<u8>> {
        if self.pty(pty).hung_up {
            return Ok(Vec::new());
        }
        self.check_foreground(tid, pty, TTIN)?;
        let length = length as usize;
        let ready = self.pty(pty).line.input.ready();
        if length == 0 {
            return Ok(Vec::new());
        }
        let attributes = self.pty(pty).line.attributes;
        let (min, time) = (attributes.character(Control::Min), attributes.character(Control::Time));
        if !attributes.is_canonical() && !nonblock {
            // One call never waits for more than it can take.
            let enough = usize::from(min).min(length);
            if ready < enough.max(1) && (min == 0 || time > 0 && ready > 0) {
                let over = time == 0 || self.time_is_over(tid, pty, min > 0, u64::from(time) * TIME_UNIT);
                if !over {
                    return self.wait_for_input(tid, pty);
                }
            } else if ready < enough {
                return self.wait_for_input(tid, pty);
            }
        } else if (attributes.is_canonical() || min > 0 || time > 0) && !self.pty(pty).line.is_readable() {
            return if nonblock { self.block(tid, true) } else { self.wait_for_input(tid, pty) };
        }
        let entry = self.pty_mut(pty);
        entry.timed_reads.retain(|read| read.tid != tid);
        let data = entry.line.read(length);
        self.pty_wake(pty);
        Ok(data)
    }

    fn wait_for_input<T>(&mut self, tid: Tid, pty: u32) -> Result<T> {
        self.pty_mut(pty).reading.wait(tid);
        let blocked = self.block(tid, false);
        if blocked != Err(Fault::Blocked) {
            self.pty_mut(pty).timed_reads.retain(|read| read.tid != tid);
        }
        blocked.and_then(|()| Err(Fault::Blocked))
    }

    /// Whether the time of a read is over; if not, its task is woken when it will be. Between bytes, each byte begins it anew.
    fn time_is_over(&mut self, tid: Tid, pty: u32, between_bytes: bool, time: u64) -> bool {
        let now = self.host.monotonic();
        let processes = &self.state.processes;
        let entry = self.state.ptys.get_mut(pty).expect("pseudo-terminal of an open file");
        let since = match entry.timed_reads.iter().find(|read| read.tid == tid) {
            Some(read) => read.since,
            None => {
                entry.timed_reads.retain(|read| processes.of_task(read.tid).is_some());
                entry.timed_reads.push(TimedRead { tid, since: now });
                now
            }
        };
        let from = if between_bytes { since.max(entry.last_input) } else { since };
        let deadline = from.saturating_add(time);
        if deadline > now {
            self.wake_at(tid, deadline);
        }
        deadline <= now
    }

    /// Bytes that can be read at once: of whole lines, in canonical mode.
    pub(crate) fn terminal_available(&self, pty: u32) -> u64 {
        self.pty(pty).line.input.ready() as u64
    }
}

impl Pty {
    /// Whether poll() calls the terminal readable.
    pub(super) fn is_readable(&self) -> bool {
        let attributes = &self.line.attributes;
        if attributes.is_canonical() || attributes.character(Control::Time) > 0 {
            return self.line.is_readable();
        }
        self.line.input.ready() >= usize::from(attributes.character(Control::Min)).max(1)
    }
}
