//! Tests of sockets, by kind.

mod model;
mod options;
mod resolve;
mod rights;
mod tcp;
mod udp;
mod unix;

use super::{Address, Family, MessageFlags, SocketKind};
use crate::poll::Events;
use crate::testing::System;
use crate::{Errno, Fault, Fd, Result, Tid};

const LOOPBACK: u32 = 0x7f00_0001;

impl System {
    fn socket(&mut self, family: Family, kind: SocketKind) -> Fd {
        self.kernel.socket(self.tid, family, kind, false, false).expect("socket")
    }

    fn nonblocking(&mut self, family: Family, kind: SocketKind) -> Fd {
        self.kernel.socket(self.tid, family, kind, true, false).expect("socket")
    }

    fn pair(&mut self, kind: SocketKind) -> (Fd, Fd) {
        self.kernel.socketpair(self.tid, kind, true, false).expect("socketpair")
    }

    /// A TCP listener on a free port of 127.0.0.1, and its address.
    fn tcp_listener(&mut self, backlog: u32) -> (Fd, Address) {
        let fd = self.nonblocking(Family::Ipv4, SocketKind::Stream);
        self.kernel.bind(self.tid, fd, Address::Ipv4(LOOPBACK, 0)).expect("bind");
        self.kernel.listen(self.tid, fd, backlog).expect("listen");
        let address = self.kernel.local_address(self.tid, fd).expect("address");
        (fd, address)
    }

    /// Two connected TCP sockets, client first, both non-blocking.
    fn tcp_pair(&mut self) -> (Fd, Fd) {
        let (listener, address) = self.tcp_listener(5);
        let client = self.nonblocking(Family::Ipv4, SocketKind::Stream);
        assert_eq!(self.kernel.connect(self.tid, client, address), Err(Errno::INPROGRESS.into()));
        let (server, _) = self.kernel.accept(self.tid, listener, true, false).expect("accept");
        self.close(listener);
        (client, server)
    }

    fn close(&mut self, fd: Fd) {
        self.kernel.close(self.tid, fd).expect("close");
    }

    fn send(&mut self, fd: Fd, data: impl AsRef<[u8]>) -> Result<u32> {
        self.send_with(fd, data, MessageFlags::NO_SIGNAL, &[])
    }

    fn send_with(&mut self, fd: Fd, data: impl AsRef<[u8]>, flags: MessageFlags, fds: &[Fd]) -> Result<u32> {
        self.kernel.send(self.tid, fd, data.as_ref().to_vec(), None, flags, fds)
    }

    fn send_to(&mut self, fd: Fd, data: impl AsRef<[u8]>, to: &Address) -> Result<u32> {
        self.kernel.send(self.tid, fd, data.as_ref().to_vec(), Some(to.clone()), MessageFlags::NO_SIGNAL, &[])
    }

    fn receive(&mut self, fd: Fd, length: u32) -> Result<Vec<u8>> {
        Ok(self.kernel.receive(self.tid, fd, length, MessageFlags::empty())?.data)
    }

    fn poll_socket(&mut self, fd: Fd) -> Events {
        let (socket, _) = self.kernel.socket_of(1, fd).expect("socket");
        self.kernel.socket_poll(None, socket)
    }

    fn task(&mut self) -> Tid {
        self.kernel.task_create(self.tid).expect("task")
    }

    /// Checks what holds at any time: the state fits together, and survives a snapshot.
    fn check(&mut self) {
        let snapshot = self.kernel.snapshot();
        let mut other = crate::Kernel::new(Box::new(self.host.clone()));
        other.restore(&snapshot, true).expect("restore");
        assert_eq!(other.snapshot(), snapshot, "the state changes by being written out");
    }

    /// Checks that nothing is left of any socket.
    fn check_no_sockets(&mut self) {
        assert_eq!(self.kernel.state.net.sockets.len(), 0);
        assert!(self.kernel.state.net.names.is_empty());
        assert_eq!(self.kernel.state.net.charged(), 0);
    }
}

const AGAIN: Fault = Fault::Errno(Errno::AGAIN);
