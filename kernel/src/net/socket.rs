//! POSIX socket().

use super::state::Socket;
use super::{Family, SocketKind};
use crate::open_file::{FileObject, OpenFlags};
use crate::{Errno, Fd, Kernel, Pid, Result, Tid};

impl Kernel {
    /// POSIX socket(). `PROTONOSUPPORT` for a kind that the family does not have.
    pub fn socket(
        &mut self,
        tid: Tid,
        family: Family,
        kind: SocketKind,
        nonblock: bool,
        close_on_exec: bool,
    ) -> Result<Fd> {
        let pid = self.enter(tid)?;
        if kind == SocketKind::Seqpacket && family != Family::Unix {
            return Err(Errno::PROTONOSUPPORT.into());
        }
        let socket = self.new_socket(pid, family, kind)?;
        Ok(self.install(pid, FileObject::Socket(socket), socket_flags(nonblock, close_on_exec))?)
    }

    /// A socket with nothing set, yet without an open file.
    pub(super) fn new_socket(&mut self, pid: Pid, family: Family, kind: SocketKind) -> Result<u32, Errno> {
        let credentials = self.socket_credentials(pid);
        self.insert_socket(Socket::new(family, kind, credentials))
    }

    /// Gives a socket its number. `NFILE` when there are too many: as many as open files, and again as many connections
    /// that wait to be accepted.
    pub(super) fn insert_socket(&mut self, mut socket: Socket) -> Result<u32, Errno> {
        let limit = 2 * self.state.limits.open_files as usize;
        if self.state.net.sockets.len() >= limit {
            self.make_room_for_sockets();
        }
        let net = &mut self.state.net;
        if net.sockets.len() >= limit {
            return Err(Errno::NFILE);
        }
        socket.serial = net.next_serial;
        net.next_serial += 1;
        Ok(net.sockets.insert(socket))
    }
}

/// Flags of a socket's open file.
pub(super) fn socket_flags(nonblock: bool, close_on_exec: bool) -> OpenFlags {
    let mut flags = OpenFlags::READ | OpenFlags::WRITE;
    flags.set(OpenFlags::NONBLOCK, nonblock);
    flags.set(OpenFlags::CLOSE_ON_EXEC, close_on_exec);
    flags
}
