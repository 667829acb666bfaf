//! POSIX socketpair().

use super::socket::socket_flags;
use super::state::{Association, Connection, State};
use super::{Address, Family, SocketKind};
use crate::open_file::FileObject;
use crate::{Fd, Kernel, Result, Tid};

impl Kernel {
    /// POSIX socketpair(): two connected Unix sockets without names.
    pub fn socketpair(&mut self, tid: Tid, kind: SocketKind, nonblock: bool, close_on_exec: bool) -> Result<(Fd, Fd)> {
        let pid = self.enter(tid)?;
        let first = self.new_socket(pid, Family::Unix, kind)?;
        let second = match self.new_socket(pid, Family::Unix, kind) {
            Ok(second) => second,
            Err(errno) => {
                self.socket_close(first);
                return Err(errno.into());
            }
        };
        let credentials = self.socket_credentials(pid);
        for (own, peer) in [(first, second), (second, first)] {
            let serial = self.state.net.socket(peer).serial;
            self.state.net.socket_mut(own).state = if kind == SocketKind::Datagram {
                State::Associated(Association { address: Address::Unspecified, target: Some((peer, serial)) })
            } else {
                State::Connected(Connection {
                    peer: Some(peer),
                    address: Address::Unspecified,
                    credentials,
                    reported: true,
                    broken: false,
                })
            };
        }
        let flags = socket_flags(nonblock, close_on_exec);
        let first_fd = match self.install(pid, FileObject::Socket(first), flags) {
            Ok(fd) => fd,
            Err(errno) => {
                self.socket_close(second);
                return Err(errno.into());
            }
        };
        match self.install(pid, FileObject::Socket(second), flags) {
            Ok(second_fd) => Ok((first_fd, second_fd)),
            Err(errno) => {
                if let Ok(descriptor) = self.process_mut(pid).descriptors.remove(first_fd) {
                    self.release(descriptor.file);
                }
                Err(errno.into())
            }
        }
    }
}
