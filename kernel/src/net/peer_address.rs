//! POSIX getpeername().

use super::Address;
use super::state::State;
use crate::{Errno, Fd, Kernel, Result, Tid};

impl Kernel {
    /// POSIX getpeername(); `NOTCONN` where there is no other end.
    pub fn peer_address(&mut self, tid: Tid, fd: Fd) -> Result<Address> {
        let pid = self.enter(tid)?;
        let (socket, _) = self.socket_of(pid, fd)?;
        match &self.state.net.socket(socket).state {
            State::Connected(connection) if connection.broken => Err(Errno::NOTCONN.into()),
            State::Connected(connection) => Ok(connection.address.clone()),
            State::Associated(association) => Ok(association.address.clone()),
            State::Idle | State::Listening(_) | State::Connecting { .. } => Err(Errno::NOTCONN.into()),
        }
    }
}
