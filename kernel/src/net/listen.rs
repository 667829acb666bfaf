//! POSIX listen().

use super::state::{Listener, State};
use super::{Address, SocketKind};
use crate::{Errno, Fd, Kernel, Result, Tid};

/// Connections that may wait to be accepted at most, whatever `listen` asks for (SOMAXCONN).
const MAX_BACKLOG: u32 = 4096;

impl Kernel {
    /// POSIX listen(); again with another backlog changes it. An unbound IP socket gets a free port, an unbound Unix socket
    /// is `INVAL`.
    pub fn listen(&mut self, tid: Tid, fd: Fd, backlog: u32) -> Result<()> {
        let pid = self.enter(tid)?;
        let (socket, _) = self.socket_of(pid, fd)?;
        let backlog = backlog.clamp(1, MAX_BACKLOG);
        let entry = self.state.net.socket_mut(socket);
        if entry.kind == SocketKind::Datagram {
            return Err(Errno::NOTSUP.into());
        }
        match &mut entry.state {
            State::Listening(listener) => {
                listener.backlog = backlog;
                self.fill_backlog(socket);
                return Ok(());
            }
            State::Idle => {}
            _ => return Err(Errno::INVAL.into()),
        }
        if entry.local == Address::Unspecified {
            if entry.is_unix() {
                return Err(Errno::INVAL.into());
            }
            self.bind_ephemeral(socket, None)?;
        }
        self.state.net.check_listen(socket)?;
        let credentials = self.socket_credentials(pid);
        let entry = self.state.net.socket_mut(socket);
        entry.state = State::Listening(Listener { backlog, ..Listener::default() });
        entry.credentials = credentials;
        entry.error = None;
        self.state.net.listen_port(socket);
        self.socket_changed(socket);
        Ok(())
    }
}
