//! Socket options (POSIX 2.10.16): what a socket keeps.

use serde::{Deserialize, Serialize};

/// Size of a new socket's buffers in bytes.
pub(super) const DEFAULT_BUFFER: u64 = 212_992;
/// Bounds of SO_SNDBUF and SO_RCVBUF, doubled as they are on setting.
pub(super) const MIN_BUFFER: u64 = 4_608;
pub(super) const MAX_BUFFER: u64 = 16 << 20;

/// Options of a socket, by the numbers of `net.socket-option`.
#[allow(missing_docs)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SocketOption {
    ReuseAddress,
    ReusePort,
    KeepAlive,
    NoDelay,
    Broadcast,
    /// Bytes. As on Linux, setting doubles the value, to leave room for bookkeeping.
    SendBuffer,
    /// Bytes; doubled likewise.
    ReceiveBuffer,
    /// 0 is off, anything else on with (value - 1) seconds. On with 0 seconds, `close` resets the connection.
    Linger,
    Ipv6Only,
    /// The pending error, taken by reading it.
    Error,
    /// Number of the `SocketKind`; read only.
    Kind,
    /// Number of the `Family`; read only.
    Family,
    /// Whether the socket listens; read only.
    Accepting,
    MulticastTtl,
    MulticastLoop,
    Ttl,
    KeepIdle,
    KeepInterval,
    KeepCount,
    /// Nanoseconds, 0 none.
    ReceiveTimeout,
    /// Nanoseconds, 0 none.
    SendTimeout,
}

/// Values of the options a socket can be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Options {
    pub(super) reuse_address: bool,
    pub(super) reuse_port: bool,
    pub(super) keep_alive: bool,
    pub(super) no_delay: bool,
    pub(super) broadcast: bool,
    pub(super) send_buffer: u64,
    pub(super) receive_buffer: u64,
    pub(super) linger: u64,
    pub(super) ipv6_only: bool,
    pub(super) multicast_ttl: u64,
    pub(super) multicast_loop: bool,
    pub(super) ttl: u64,
    pub(super) keep_idle: u64,
    pub(super) keep_interval: u64,
    pub(super) keep_count: u64,
    pub(super) receive_timeout: u64,
    pub(super) send_timeout: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            reuse_address: false,
            reuse_port: false,
            keep_alive: false,
            no_delay: false,
            broadcast: false,
            send_buffer: DEFAULT_BUFFER,
            receive_buffer: DEFAULT_BUFFER,
            linger: 0,
            ipv6_only: false,
            multicast_ttl: 1,
            multicast_loop: true,
            ttl: 64,
            keep_idle: 7200,
            keep_interval: 75,
            keep_count: 9,
            receive_timeout: 0,
            send_timeout: 0,
        }
    }
}
