//! POSIX accept().

use super::Address;
use super::socket::socket_flags;
use crate::open_file::FileObject;
use crate::{Errno, Fd, Kernel, Result, Tid};

impl Kernel {
    /// POSIX accept(): the connection that has waited longest, and the address of its other end. Where there is no
    /// descriptor to be had (`MFILE`, `NFILE`) the connection goes on waiting.
    pub fn accept(&mut self, tid: Tid, fd: Fd, nonblock: bool, close_on_exec: bool) -> Result<(Fd, Address)> {
        let pid = self.enter(tid)?;
        let (socket, listener_nonblock) = self.socket_of(pid, fd)?;
        let Some(listener) = self.state.net.socket(socket).listener() else {
            let datagram = self.state.net.socket(socket).is_datagram();
            return Err(if datagram { Errno::NOTSUP } else { Errno::INVAL }.into());
        };
        let Some(&accepted) = listener.pending.front() else {
            return self.socket_block(tid, socket, false, listener_nonblock);
        };
        self.check_install(pid)?;
        if let Some(listener) = self.state.net.socket_mut(socket).listener_mut() {
            listener.pending.pop_front();
        }
        self.socket_unblock(tid, socket, false);
        self.fill_backlog(socket);
        let address = self.state.net.socket(accepted).connection().map(|c| c.address.clone()).unwrap_or_default();
        let fd = self.install(pid, FileObject::Socket(accepted), socket_flags(nonblock, close_on_exec))?;
        Ok((fd, address))
    }
}
