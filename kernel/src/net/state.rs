//! A socket.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use super::message_queue::{MessageQueue, OVERHEAD};
use super::options::Options;
use super::stream_queue::StreamQueue;
use super::{Address, Credentials, Family, SocketKind};
use crate::fs::FileId;
use crate::open_file::OpenFileId;
use crate::{Errno, Instant, Tid, WaitQueue};

/// A socket: of an open file, or a connection that waits to be accepted.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Socket {
    pub(super) family: Family,
    pub(super) kind: SocketKind,
    /// Never used again, unlike its number in the table.
    pub(super) serial: u64,
    pub(super) options: Options,
    /// SO_ERROR: what the next call fails with.
    pub(super) error: Option<Errno>,
    /// What it is bound to.
    pub(super) local: Address,
    /// It was made by a connection to a listener, whose name it bears.
    pub(super) accepted: bool,
    /// Where a connection that waits for room at the listener leads.
    pub(super) destination: Address,
    /// The socket file it is bound to.
    pub(super) node: Option<FileId>,
    pub(super) state: State,
    /// What it has received.
    pub(super) queue: Queue,
    /// It was shut down for reading.
    pub(super) read_shut: bool,
    /// It was shut down for writing.
    pub(super) write_shut: bool,
    /// Who made it, or connected or listened last.
    pub(super) credentials: Credentials,
    /// Bytes a reader waits for at once.
    pub(super) wanted: u64,
    /// Tasks that wait for something to happen to it: data, a connection, an error.
    pub(super) changes: WaitQueue,
    /// Tasks that wait for room in its queue; they belong to the sockets that send to it.
    pub(super) space: WaitQueue,
    /// When calls that wait with SO_RCVTIMEO (`false`) or SO_SNDTIMEO (`true`) give up.
    pub(super) deadlines: BTreeMap<(Tid, bool), Instant>,
    /// How many messages on their way carry a descriptor of it; told by the queues.
    #[serde(skip)]
    pub(super) in_flight: u32,
}

/// What a socket is doing.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum State {
    /// Nothing yet.
    Idle,
    /// Takes connections.
    Listening(Listener),
    /// Waits for room among the connections a TCP listener has yet to accept.
    Connecting {
        /// That listener.
        listener: u32,
    },
    /// One end of a connection.
    Connected(Connection),
    /// A datagram socket with a fixed other side.
    Associated(Association),
}

/// The state of a listening socket.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Listener {
    /// How many connections may wait to be accepted.
    pub(super) backlog: u32,
    /// Sockets of connections that wait to be accepted.
    pub(super) pending: VecDeque<u32>,
    /// Sockets that wait to become one of those.
    pub(super) waiting: VecDeque<u32>,
}

/// One end of a connection.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Connection {
    /// The socket at the other end, until it is closed.
    pub(super) peer: Option<u32>,
    /// Its address.
    pub(super) address: Address,
    /// Who it belongs to.
    pub(super) credentials: Credentials,
    /// `connect` has told its caller of the success.
    pub(super) reported: bool,
    /// Nothing goes either way any more: it was reset, or written to after the other end was closed.
    pub(super) broken: bool,
}

/// The other side of a connected datagram socket.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Association {
    pub(super) address: Address,
    /// Unix: the socket and its serial number. It may be gone.
    pub(super) target: Option<(u32, u64)>,
}

/// What a socket has received.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Queue {
    Stream(StreamQueue),
    Messages(MessageQueue),
}

impl Queue {
    pub(super) fn new(kind: SocketKind) -> Self {
        match kind {
            SocketKind::Stream => Self::Stream(StreamQueue::default()),
            SocketKind::Datagram | SocketKind::Seqpacket => Self::Messages(MessageQueue::default()),
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        match self {
            Self::Stream(queue) => queue.bytes.is_empty(),
            Self::Messages(queue) => queue.messages.is_empty(),
        }
    }

    /// Kernel memory charged for it.
    pub(super) fn charge(&self) -> u64 {
        match self {
            Self::Stream(queue) => {
                let files: usize = queue.rights.iter().map(|rights| rights.files.len()).sum();
                queue.bytes.len() as u64 + OVERHEAD * files as u64
            }
            Self::Messages(queue) => queue.size(),
        }
    }

    /// Descriptors on their way in it.
    pub(super) fn files(&self) -> Box<dyn Iterator<Item = OpenFileId> + '_> {
        match self {
            Self::Stream(queue) => Box::new(queue.rights.iter().flat_map(|rights| &rights.files).copied()),
            Self::Messages(queue) => Box::new(queue.messages.iter().flat_map(|message| &message.files).copied()),
        }
    }

    /// Takes the descriptors out of it.
    pub(super) fn take_files(&mut self) -> Vec<OpenFileId> {
        match self {
            Self::Stream(queue) => std::mem::take(&mut queue.rights).into_iter().flat_map(|r| r.files).collect(),
            Self::Messages(queue) => queue.take_files(),
        }
    }
}

impl Socket {
    pub(super) fn new(family: Family, kind: SocketKind, credentials: Credentials) -> Self {
        Self {
            family,
            kind,
            serial: 0,
            options: Options::default(),
            error: None,
            local: Address::Unspecified,
            accepted: false,
            destination: Address::Unspecified,
            node: None,
            state: State::Idle,
            queue: Queue::new(kind),
            read_shut: false,
            write_shut: false,
            credentials,
            wanted: 0,
            changes: WaitQueue::default(),
            space: WaitQueue::default(),
            deadlines: BTreeMap::new(),
            in_flight: 0,
        }
    }

    pub(super) fn is_unix(&self) -> bool {
        self.family == Family::Unix
    }

    /// Whether it sends single messages without a connection.
    pub(super) fn is_datagram(&self) -> bool {
        self.kind == SocketKind::Datagram
    }

    /// Its end of a connection.
    pub(super) fn connection(&self) -> Option<&Connection> {
        match &self.state {
            State::Connected(connection) => Some(connection),
            _ => None,
        }
    }

    /// As `connection`, to change.
    pub(super) fn connection_mut(&mut self) -> Option<&mut Connection> {
        match &mut self.state {
            State::Connected(connection) => Some(connection),
            _ => None,
        }
    }

    /// The socket at the other end of its connection.
    pub(super) fn peer(&self) -> Option<u32> {
        self.connection()?.peer
    }

    pub(super) fn listener(&self) -> Option<&Listener> {
        match &self.state {
            State::Listening(listener) => Some(listener),
            _ => None,
        }
    }

    pub(super) fn listener_mut(&mut self) -> Option<&mut Listener> {
        match &mut self.state {
            State::Listening(listener) => Some(listener),
            _ => None,
        }
    }
}
