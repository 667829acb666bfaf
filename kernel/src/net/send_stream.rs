//! Sending on a stream socket.

use super::message_queue::OVERHEAD;
use super::send::SendCall;
use super::state::{Queue, State};
use crate::open_file::OpenFileId;
use crate::{Errno, Kernel, Result};

impl Kernel {
    /// Puts as much of `data` as there is room for into the other end's queue.
    pub(super) fn send_stream(&mut self, call: &SendCall, mut data: Vec<u8>, files: Vec<OpenFileId>) -> Result<u32> {
        let entry = self.state.net.socket_mut(call.socket);
        let unix = entry.is_unix();
        let connection = match &mut entry.state {
            State::Connected(connection) => connection,
            State::Connecting { .. } => return self.socket_block(call.tid, call.socket, true, call.nonblock),
            _ if unix => return Err(Errno::NOTCONN.into()),
            _ => return Err(self.broken_pipe(call.pid, call.no_signal).into()),
        };
        let Some(peer) = connection.peer else {
            if unix || connection.broken {
                return Err(self.broken_pipe(call.pid, call.no_signal).into());
            }
            // TCP learns that the other end is gone by the answer to what it sends.
            connection.broken = true;
            self.socket_changed(call.socket);
            return Ok(data.len() as u32);
        };
        if unix && self.state.net.socket(peer).read_shut {
            return Err(self.broken_pipe(call.pid, call.no_signal).into());
        }
        if data.is_empty() {
            return Ok(0);
        }
        let capacity = self.socket_capacity(peer);
        let Queue::Stream(queue) = &self.state.net.socket(peer).queue else { return Err(Errno::INVAL.into()) };
        let room = capacity.saturating_sub(queue.bytes.len() as u64);
        if room == 0 {
            return self.block_for_space(call.tid, call.socket, peer, call.nonblock);
        }
        data.truncate(usize::try_from(room).unwrap_or(usize::MAX));
        let count = data.len() as u32;
        self.charge(u64::from(count) + OVERHEAD * files.len() as u64).map_err(|_| Errno::NOBUFS)?;
        self.pass_rights(&files);
        if let Queue::Stream(queue) = &mut self.state.net.socket_mut(peer).queue {
            queue.push(data, files);
        }
        self.socket_unblock(call.tid, call.socket, true);
        self.socket_changed(peer);
        Ok(count)
    }
}
