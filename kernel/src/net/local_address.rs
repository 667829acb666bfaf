//! POSIX getsockname().

use super::{Address, Family};
use crate::{Fd, Kernel, Result, Tid};

impl Kernel {
    /// POSIX getsockname(). An unbound IP socket has the wildcard address and port 0, an unbound Unix socket none.
    pub fn local_address(&mut self, tid: Tid, fd: Fd) -> Result<Address> {
        let pid = self.enter(tid)?;
        let (socket, _) = self.socket_of(pid, fd)?;
        let entry = self.state.net.socket(socket);
        Ok(match (&entry.local, entry.family) {
            (Address::Unspecified, Family::Ipv4) => Address::Ipv4(0, 0),
            (Address::Unspecified, Family::Ipv6) => Address::Ipv6([0; 16], 0, 0),
            (local, _) => local.clone(),
        })
    }
}
