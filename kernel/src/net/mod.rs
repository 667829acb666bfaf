//! Sockets (POSIX 2.10).
//!
//! The loopback network (127.0.0.0/8 and ::1) and Unix sockets lie wholly in here: two connected sockets are two entries of
//! one table that name each other, and what one sends is put straight into the queue of the other. An address further away
//! than that takes a grant; see [`route`](self::route).

mod accept;
mod address;
mod bind;
mod close;
mod connect;
mod get_option;
mod hosts;
mod listen;
mod local_address;
mod message_queue;
mod options;
mod peer_address;
mod poll;
mod ports;
mod read;
mod receive;
mod resolve_address;
mod resolve_name;
mod rights;
mod route;
mod send;
mod send_message;
mod send_stream;
mod set_option;
mod shutdown;
mod socket;
mod socketpair;
mod state;
mod stream_queue;
#[cfg(test)]
mod tests;
mod timeout;
mod types;
mod validate;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::address::{Address, UNIX_PATH_MAX};
pub use self::options::SocketOption;
use self::ports::Ports;
use self::state::{Queue, Socket};
pub use self::types::{Credentials, Family, Message, MessageFlags, ShutdownHow, SocketKind};
use crate::fs::FileId;
use crate::open_file::{FileObject, OpenFileId, OpenFlags};
use crate::{Errno, Fd, Instant, Kernel, Pid, Slab};

/// All sockets and what is bound.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Net {
    sockets: Slab<Socket>,
    /// Serial number of the next socket.
    next_serial: u64,
    /// How many sockets may have become unreachable since this was last looked into.
    suspects: u32,
    /// Where the search for an ephemeral port goes on.
    next_port: u16,
    /// Which sockets hold which port; told by their addresses.
    #[serde(skip)]
    ports: Ports,
    /// Which socket is bound to which name; told by their addresses.
    #[serde(skip)]
    names: BTreeMap<UnixName, u32>,
    /// Descriptors of discarded messages, yet to be closed.
    #[serde(skip)]
    discarded: Vec<OpenFileId>,
    #[serde(skip)]
    discarding: bool,
}

/// What a Unix socket can be bound to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum UnixName {
    /// A socket file, by whatever path.
    File(FileId),
    /// A name outside the file system, its leading 0 included.
    Abstract(Vec<u8>),
}

impl Net {
    /// Whether there is a socket of this number.
    pub(crate) fn has(&self, socket: u32) -> bool {
        self.sockets.get(socket).is_some()
    }

    /// Moves every instant, after a restore.
    pub(crate) fn shift_time(&mut self, shift: impl Fn(Instant) -> Instant) {
        let deadlines = self.sockets.iter_mut().flat_map(|(_, socket)| socket.deadlines.values_mut());
        deadlines.for_each(|deadline| *deadline = shift(*deadline));
    }

    /// A socket that is known to exist, being named by an open file or by another socket.
    fn socket(&self, socket: u32) -> &Socket {
        self.sockets.get(socket).expect("referenced socket")
    }

    /// As `socket`, to change.
    fn socket_mut(&mut self, socket: u32) -> &mut Socket {
        self.sockets.get_mut(socket).expect("referenced socket")
    }
}

impl Kernel {
    /// The socket behind a descriptor, and whether calls on it must not block.
    fn socket_of(&self, pid: Pid, fd: Fd) -> Result<(u32, bool), Errno> {
        let file = self.open_file(pid, fd)?;
        match self.state.files.get(file) {
            Some(open) => match open.object {
                FileObject::Socket(socket) => Ok((socket, open.flags.contains(OpenFlags::NONBLOCK))),
                _ => Err(Errno::NOTSOCK),
            },
            None => Err(Errno::BADF),
        }
    }

    /// Wakes who waits for something to happen to a socket: data, a connection, an error.
    fn socket_changed(&mut self, socket: u32) {
        if let Some(socket) = self.state.net.sockets.get_mut(socket) {
            socket.changes.wake(&mut *self.host);
        }
    }

    /// Wakes who waits for room in a socket's queue.
    fn socket_has_space(&mut self, socket: u32) {
        if let Some(socket) = self.state.net.sockets.get_mut(socket) {
            socket.space.wake(&mut *self.host);
        }
    }

    /// Wakes the senders to a socket if the reader has made room for a good part of the buffer: not for every byte.
    fn socket_drained(&mut self, socket: u32) {
        if self.socket_is_roomy(socket) {
            self.socket_has_space(socket);
        }
    }

    /// Whether at least half of a socket's queue is free.
    fn socket_is_roomy(&self, socket: u32) -> bool {
        let capacity = self.socket_capacity(socket);
        match &self.state.net.socket(socket).queue {
            Queue::Stream(queue) => queue.bytes.len() as u64 <= capacity / 2,
            Queue::Messages(queue) => queue.fits(capacity / 2, capacity),
        }
    }

    /// How many bytes may be queued at a socket: the smaller of its receive buffer and, when it is connected, the other
    /// side's send buffer; more where a reader waits for more at once (`MSG_WAITALL`).
    fn socket_capacity(&self, socket: u32) -> u64 {
        let net = &self.state.net;
        let receiver = net.socket(socket);
        let receive = receiver.options.receive_buffer;
        let capacity = match receiver.peer() {
            Some(peer) => receive.min(net.socket(peer).options.send_buffer),
            None => receive,
        };
        capacity.max(receiver.wanted)
    }

    /// Who a process says it is to the other end of a Unix socket.
    fn socket_credentials(&self, pid: Pid) -> Credentials {
        let credentials = self.process(pid).credentials();
        Credentials { pid, uid: credentials.effective_uid, gid: credentials.effective_gid }
    }

    /// Raises SIGPIPE, if the caller has not asked to be spared, and gives the error that goes with it.
    fn broken_pipe(&mut self, pid: Pid, no_signal: bool) -> Errno {
        const SIGPIPE: u8 = 13;
        if !no_signal {
            self.raise(pid, SIGPIPE);
        }
        Errno::PIPE
    }
}
