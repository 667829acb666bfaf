//! POSIX shutdown().

use super::ShutdownHow;
use super::state::State;
use crate::{Errno, Fd, Kernel, Result, Tid};

impl Kernel {
    /// POSIX shutdown(). Reading is over at once: what is queued may still be read, then comes the end. When writing is over
    /// the other end reads what was sent and then the end. A listening socket that is shut down for reading listens no more.
    pub fn shutdown(&mut self, tid: Tid, fd: Fd, how: ShutdownHow) -> Result<()> {
        let pid = self.enter(tid)?;
        let (socket, _) = self.socket_of(pid, fd)?;
        let read = how != ShutdownHow::Write;
        let entry = self.state.net.socket_mut(socket);
        match &entry.state {
            State::Listening(_) => {
                if read {
                    self.stop_listening(socket);
                }
                return Ok(());
            }
            State::Connected(connection) if connection.broken && !entry.is_unix() => return Err(Errno::NOTCONN.into()),
            State::Connected(_) | State::Associated(_) => {}
            State::Idle | State::Connecting { .. } => return Err(Errno::NOTCONN.into()),
        }
        entry.read_shut |= read;
        entry.write_shut |= how != ShutdownHow::Read;
        let peer = entry.peer();
        self.socket_changed(socket);
        self.socket_has_space(socket);
        if let Some(peer) = peer {
            self.socket_changed(peer);
            self.socket_has_space(peer);
        }
        Ok(())
    }
}
