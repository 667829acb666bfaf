//! Sockets.

use serde::{Deserialize, Serialize};

use crate::Kernel;

/// All sockets and what is bound.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Net {}

impl Kernel {
    pub(crate) fn socket_close(&mut self, _socket: u32) {}
}
