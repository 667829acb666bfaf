//! Waiting on a socket, with SO_RCVTIMEO and SO_SNDTIMEO.

use crate::{Errno, Fault, Kernel, Result, Tid};

/// Waits with a deadline a socket remembers at most. More than that is what ended tasks have left behind.
const MAX_DEADLINES: usize = 1024;

impl Kernel {
    /// Ends a call that would block on a socket; `sending` tells which of its timeouts holds. The task waits for changes of
    /// the socket.
    pub(super) fn socket_block<T>(&mut self, tid: Tid, socket: u32, sending: bool, nonblock: bool) -> Result<T> {
        let entry = self.state.net.socket_mut(socket);
        let timeout = if sending { entry.options.send_timeout } else { entry.options.receive_timeout };
        if !nonblock && timeout != 0 {
            let now = self.host.monotonic();
            if entry.deadlines.len() >= MAX_DEADLINES {
                entry.deadlines.pop_first();
            }
            let deadline = *entry.deadlines.entry((tid, sending)).or_insert(now.saturating_add(timeout));
            if now >= deadline {
                entry.deadlines.remove(&(tid, sending));
                return Err(Errno::AGAIN.into());
            }
            self.wake_at(tid, deadline);
        }
        let result = self.block(tid, nonblock);
        let entry = self.state.net.socket_mut(socket);
        match result {
            Err(Fault::Blocked) => entry.changes.wait(tid),
            _ => self.socket_unblock(tid, socket, sending),
        }
        result
    }

    /// As `socket_block`, for a call that has something to put into the queue of `target`.
    pub(super) fn block_for_space<T>(&mut self, tid: Tid, socket: u32, target: u32, nonblock: bool) -> Result<T> {
        let result = self.socket_block(tid, socket, true, nonblock);
        if let Err(Fault::Blocked) = result {
            self.state.net.socket_mut(target).space.wait(tid);
        }
        result
    }

    /// Forgets when a call that has ended was to give up.
    pub(super) fn socket_unblock(&mut self, tid: Tid, socket: u32, sending: bool) {
        let deadlines = &mut self.state.net.socket_mut(socket).deadlines;
        if !deadlines.is_empty() {
            deadlines.remove(&(tid, sending));
        }
    }
}
