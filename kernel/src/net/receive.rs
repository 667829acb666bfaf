//! POSIX recvmsg().

use super::message_queue::OVERHEAD;
use super::state::{Queue, State};
use super::{Message, MessageFlags};
use crate::open_file::{Descriptor, OpenFileId};
use crate::{Errno, Fault, Fd, Kernel, Result, Tid};

/// The most that MSG_WAITALL makes a queue hold at once, in bytes.
const MAX_WANTED: u64 = 16 << 20;

impl Kernel {
    /// POSIX recvmsg(): up to `length` bytes of the stream, or the next message. Descriptors that came along are opened in the
    /// caller. No data, on a stream, is its end.
    ///
    /// MSG_WAITALL waits for at most 16 MiB.
    pub fn receive(&mut self, tid: Tid, fd: Fd, length: u32, flags: MessageFlags) -> Result<Message> {
        let pid = self.enter(tid)?;
        let (socket, nonblock) = self.socket_of(pid, fd)?;
        if flags.contains(MessageFlags::OUT_OF_BAND) {
            return Err(Errno::NOTSUP.into());
        }
        let nonblock = nonblock || flags.contains(MessageFlags::DONT_WAIT);
        let mut received = self.receive_data(tid, socket, length, flags, nonblock)?;
        for file in received.files {
            match self.install_descriptor(pid, 0, Descriptor { file, close_on_exec: false }) {
                Ok(fd) => received.message.descriptors.push(fd),
                Err(_) => received.message.flags |= MessageFlags::TRUNCATED,
            }
        }
        Ok(received.message)
    }

    /// Takes what a socket has received. The caller owns a reference to each file given.
    pub(super) fn receive_data(
        &mut self,
        tid: Tid,
        socket: u32,
        length: u32,
        flags: MessageFlags,
        nonblock: bool,
    ) -> Result<Received> {
        let received = match &self.state.net.socket(socket).queue {
            Queue::Stream(_) => self.receive_stream(tid, socket, length, flags, nonblock)?,
            Queue::Messages(_) => self.receive_message(tid, socket, length, flags, nonblock)?,
        };
        self.socket_unblock(tid, socket, false);
        self.state.net.socket_mut(socket).wanted = 0;
        self.socket_drained(socket);
        Ok(received)
    }

    fn receive_stream(
        &mut self,
        tid: Tid,
        socket: u32,
        length: u32,
        flags: MessageFlags,
        nonblock: bool,
    ) -> Result<Received> {
        let Queue::Stream(queue) = &self.state.net.socket(socket).queue else { return Err(Errno::INVAL.into()) };
        let available = queue.bytes.len();
        if length == 0 && self.state.net.socket(socket).connection().is_some() {
            return Ok(Received::default());
        }
        if available == 0 {
            return self.await_data(tid, socket, nonblock);
        }
        let wanted = u64::from(length).min(MAX_WANTED);
        let short = (available as u64) < wanted && queue.rights.is_empty();
        if flags.contains(MessageFlags::WAIT_ALL) && short && !nonblock && !self.stream_ended(socket) {
            self.state.net.socket_mut(socket).wanted = wanted;
            self.socket_has_space(socket);
            match self.socket_block::<Received>(tid, socket, false, false) {
                // A signal, or the end of SO_RCVTIMEO: what has come so far is the answer.
                Err(Fault::Errno(Errno::INTR | Errno::AGAIN)) => {}
                other => return other,
            }
        }
        let credentials = {
            let entry = self.state.net.socket(socket);
            entry.connection().map(|connection| connection.credentials).filter(|_| entry.is_unix())
        };
        let Queue::Stream(queue) = &mut self.state.net.socket_mut(socket).queue else {
            return Err(Errno::INVAL.into());
        };
        let (data, files) = if flags.contains(MessageFlags::PEEK) {
            let data = queue.bytes.peek(queue.reach(length as usize));
            let files = queue.files_within(data.len()).to_vec();
            self.retain_all(&files);
            (data, files)
        } else {
            let (data, files) = queue.pop(length as usize);
            self.uncharge(data.len() as u64 + OVERHEAD * files.len() as u64);
            self.take_rights(&files);
            (data, files)
        };
        Ok(Received { message: Message { data, credentials, ..Message::default() }, files })
    }

    fn receive_message(
        &mut self,
        tid: Tid,
        socket: u32,
        length: u32,
        flags: MessageFlags,
        nonblock: bool,
    ) -> Result<Received> {
        let Queue::Messages(queue) = &mut self.state.net.socket_mut(socket).queue else {
            return Err(Errno::INVAL.into());
        };
        let Some(first) = queue.messages.front() else { return self.await_data(tid, socket, nonblock) };
        let truncated = first.data.len() > length as usize;
        let keep = if flags.contains(MessageFlags::TRUNCATED) { usize::MAX } else { length as usize };
        let mut message = Message { credentials: first.credentials, from: first.from.clone(), ..Message::default() };
        message.flags.set(MessageFlags::TRUNCATED, truncated);
        let files = if flags.contains(MessageFlags::PEEK) {
            message.data = first.data[..first.data.len().min(keep)].to_vec();
            let files = first.files.clone();
            self.retain_all(&files);
            files
        } else {
            let Some(mut first) = queue.pop() else { return Err(Errno::INVAL.into()) };
            let cost = first.cost();
            first.data.truncate(keep);
            message.data = first.data;
            self.uncharge(cost);
            self.take_rights(&first.files);
            first.files
        };
        Ok(Received { message, files })
    }

    /// What a call gives that finds nothing to read: the pending error, the end of the stream, or a wait.
    fn await_data(&mut self, tid: Tid, socket: u32, nonblock: bool) -> Result<Received> {
        let entry = self.state.net.socket_mut(socket);
        if let Some(error) = entry.error.take() {
            self.socket_unblock(tid, socket, false);
            return Err(error.into());
        }
        let connected = matches!(entry.state, State::Connected(_) | State::Connecting { .. });
        if entry.is_datagram() {
            if entry.read_shut {
                return Ok(Received::default());
            }
        } else if !connected {
            return Err(Errno::NOTCONN.into());
        }
        if self.stream_ended(socket) {
            return Ok(Received::default());
        }
        self.socket_block(tid, socket, false, nonblock)
    }

    /// Whether nothing more will be received on a connection.
    pub(super) fn stream_ended(&self, socket: u32) -> bool {
        let net = &self.state.net;
        let entry = net.socket(socket);
        let Some(connection) = entry.connection() else { return false };
        entry.read_shut || connection.broken || connection.peer.is_none_or(|peer| net.socket(peer).write_shut)
    }

    fn retain_all(&mut self, files: &[OpenFileId]) {
        for &file in files {
            self.retain(file);
        }
    }
}

/// A message, and open files that are not yet descriptors.
#[derive(Default)]
pub(super) struct Received {
    pub(super) message: Message,
    pub(super) files: Vec<OpenFileId>,
}
