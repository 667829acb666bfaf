//! read() and write() on sockets.

use super::MessageFlags;
use super::send::SendCall;
use super::state::Queue;
use crate::{Kernel, Result, Tid};

impl Kernel {
    /// read() on a socket: `receive` without flags. Descriptors that came along are dropped.
    pub(crate) fn socket_read(&mut self, tid: Tid, socket: u32, length: u32, nonblock: bool) -> Result<Vec<u8>> {
        let received = self.receive_data(tid, socket, length, MessageFlags::empty(), nonblock)?;
        for file in received.files {
            self.release(file);
        }
        Ok(received.message.data)
    }

    /// write() on a socket: `send` without flags.
    pub(crate) fn socket_write(&mut self, tid: Tid, socket: u32, data: Vec<u8>, nonblock: bool) -> Result<u32> {
        let pid = self.enter(tid)?;
        self.send_data(&SendCall { tid, pid, socket, nonblock, no_signal: false }, data, None, Vec::new())
    }

    /// Bytes that the next read can give at once (FIONREAD): of the stream, or of the first message.
    pub(crate) fn socket_available(&self, socket: u32) -> u64 {
        match self.state.net.sockets.get(socket).map(|entry| &entry.queue) {
            Some(Queue::Stream(queue)) => queue.bytes.len() as u64,
            Some(Queue::Messages(queue)) => queue.messages.front().map_or(0, |message| message.data.len() as u64),
            None => 0,
        }
    }
}
