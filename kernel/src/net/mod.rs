//! Sockets.

use serde::{Deserialize, Serialize};

use crate::poll::Events;
use crate::{Errno, Kernel, Result, Tid};

/// All sockets and what is bound.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Net {}

impl Kernel {
    pub(crate) fn socket_close(&mut self, _socket: u32) {}

    pub(crate) fn socket_read(&mut self, _tid: Tid, _socket: u32, _length: u32, _nonblock: bool) -> Result<Vec<u8>> {
        Err(Errno::NOTCONN.into())
    }

    pub(crate) fn socket_write(&mut self, _tid: Tid, _socket: u32, _data: Vec<u8>, _nonblock: bool) -> Result<u32> {
        Err(Errno::NOTCONN.into())
    }

    pub(crate) fn socket_available(&self, _socket: u32) -> u64 {
        0
    }

    pub(crate) fn socket_poll(&mut self, _tid: Option<Tid>, _socket: u32) -> Events {
        Events::empty()
    }
}
