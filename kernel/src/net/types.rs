//! The types of the `net` interface.

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

use super::Address;
use crate::{Fd, Pid};

/// Address family of a socket.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Family {
    Ipv4,
    Ipv6,
    Unix,
}

/// What a socket carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum SocketKind {
    /// A stream of bytes over a connection.
    Stream,
    /// Single messages.
    Datagram,
    /// Messages over a connection; Unix only.
    Seqpacket,
}

/// Which halves of a connection to shut down.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShutdownHow {
    Read,
    Write,
    Both,
}

bitflags! {
    /// Flags of `send` and `receive` (POSIX MSG_*).
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    pub struct MessageFlags: u8 {
        /// Leave what is read in the queue.
        const PEEK = 1;
        /// Wait until the whole length asked for is there (streams).
        const WAIT_ALL = 2;
        /// Answer `AGAIN` instead of blocking.
        const DONT_WAIT = 4;
        /// Raise no SIGPIPE.
        const NO_SIGNAL = 8;
        /// Asked for: give a message whole, however small the length. Given: the message was longer than the data, or
        /// passed more descriptors than there was room for.
        const TRUNCATED = 16;
        /// Urgent data, which there is none of.
        const OUT_OF_BAND = 32;
    }
}

/// Who is at the other end of a Unix socket (SCM_CREDENTIALS).
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credentials {
    pub pid: Pid,
    pub uid: u32,
    pub gid: u32,
}

/// A received message.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The bytes; none at the end of a stream.
    pub data: Vec<u8>,
    /// Who sent it, where there is no connection.
    pub from: Address,
    /// `TRUNCATED`, or nothing.
    pub flags: MessageFlags,
    /// Descriptors passed along (SCM_RIGHTS), open in the caller.
    pub descriptors: Vec<Fd>,
    /// On a Unix socket: the sender of a message, or who made the connection of a stream.
    pub credentials: Option<Credentials>,
}
