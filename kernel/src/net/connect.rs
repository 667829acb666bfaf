//! POSIX connect().

use super::Address;
use super::route::source_for;
use super::state::{Association, Connection, Socket, State};
use crate::{Errno, Fault, Fd, Kernel, Pid, Result, Tid};

impl Kernel {
    /// POSIX connect(). Blocks while the listener has as many connections waiting as it takes.
    ///
    /// A non-blocking TCP socket answers `INPROGRESS` even though the connection of a loopback network stands at once: the
    /// outcome is told by readiness and SO_ERROR, as programs expect. A non-blocking Unix socket answers `AGAIN` where it
    /// would have to wait. On a datagram socket it sets the other side, `Address::Unspecified` takes it away again.
    pub fn connect(&mut self, tid: Tid, fd: Fd, address: Address) -> Result<()> {
        let pid = self.enter(tid)?;
        let (socket, nonblock) = self.socket_of(pid, fd)?;
        let entry = self.state.net.socket_mut(socket);
        if entry.is_datagram() {
            return Ok(self.associate(pid, socket, address)?);
        }
        let unix = entry.is_unix();
        match &mut entry.state {
            State::Idle => {}
            State::Connecting { .. } if nonblock => return Err(Errno::ALREADY.into()),
            State::Connecting { .. } => return self.wait_for_connection(tid, socket),
            State::Connected(connection) if !connection.reported => {
                connection.reported = true;
                self.socket_unblock(tid, socket, true);
                return Ok(());
            }
            State::Connected(_) => return Err(Errno::ISCONN.into()),
            State::Listening(_) | State::Associated(_) if unix => return Err(Errno::INVAL.into()),
            State::Listening(_) | State::Associated(_) => return Err(Errno::ISCONN.into()),
        }
        if let Some(error) = entry.error.take() {
            self.socket_unblock(tid, socket, true);
            return Err(error.into());
        }
        if unix {
            return self.connect_unix(tid, pid, socket, &address, nonblock);
        }
        match self.connect_tcp(pid, socket, &address) {
            Err(error @ Errno::CONNREFUSED) if nonblock => self.state.net.socket_mut(socket).error = Some(error),
            other => other?,
        }
        if nonblock {
            return Err(Errno::INPROGRESS.into());
        }
        match &mut self.state.net.socket_mut(socket).state {
            State::Connected(connection) => connection.reported = true,
            _ => return self.wait_for_connection(tid, socket),
        }
        Ok(())
    }

    /// Blocks until a TCP connection is made; SO_SNDTIMEO ends it with `INPROGRESS`.
    fn wait_for_connection(&mut self, tid: Tid, socket: u32) -> Result<()> {
        match self.socket_block(tid, socket, true, false) {
            Err(Fault::Errno(Errno::AGAIN)) => Err(Errno::INPROGRESS.into()),
            other => other,
        }
    }

    fn connect_tcp(&mut self, pid: Pid, socket: u32, address: &Address) -> Result<(), Errno> {
        let entry = self.state.net.socket(socket);
        let (family, local) = (entry.family, entry.local.clone());
        let (ip, port) = address.ip_of(family, entry.options.ipv6_only)?;
        let ip = self.route(pid, "connect", ip, address)?;
        let listener = self.state.net.find_listener(ip, port).ok_or(Errno::CONNREFUSED)?;
        let remote = Address::of_ip(family, ip, port);
        let source = source_for(ip);
        match local.ip() {
            None => self.bind_ephemeral(socket, Some(source))?,
            Some((bound, bound_port)) => {
                let bound = if bound.is_unspecified() { source } else { bound };
                let local = Address::of_ip(family, bound, bound_port);
                if self.state.net.is_connected(bound_port, &local, &remote) {
                    return Err(Errno::ADDRNOTAVAIL);
                }
                self.state.net.bind_port(socket, local);
            }
        }
        self.state.net.socket_mut(socket).state = State::Connecting { listener };
        if let Some(queue) = self.state.net.socket_mut(listener).listener_mut() {
            queue.waiting.push_back(socket);
        }
        self.state.net.socket_mut(socket).credentials = self.socket_credentials(pid);
        let entry = self.state.net.socket_mut(socket);
        entry.destination = remote;
        self.fill_backlog(listener);
        Ok(())
    }

    fn connect_unix(&mut self, tid: Tid, pid: Pid, socket: u32, address: &Address, nonblock: bool) -> Result<()> {
        let name = address.unix_name()?;
        let listener = self.find_unix(pid, name)?;
        let target = self.state.net.socket(listener);
        if target.kind != self.state.net.socket(socket).kind {
            return Err(Errno::PROTOTYPE.into());
        }
        let Some(queue) = target.listener() else { return Err(Errno::CONNREFUSED.into()) };
        if queue.pending.len() > queue.backlog as usize {
            return self.block_for_space(tid, socket, listener, nonblock);
        }
        let remote = target.local.clone();
        self.state.net.socket_mut(socket).credentials = self.socket_credentials(pid);
        self.establish(socket, listener, remote)?;
        if let Some(connection) = self.state.net.socket_mut(socket).connection_mut() {
            connection.reported = true;
        }
        self.socket_unblock(tid, socket, true);
        Ok(())
    }

    /// Turns sockets that wait for a listener into connections that wait to be accepted, as far as the backlog has room.
    pub(super) fn fill_backlog(&mut self, listener: u32) {
        while let Some(queue) = self.state.net.socket_mut(listener).listener_mut() {
            if queue.pending.len() > queue.backlog as usize {
                return;
            }
            let Some(socket) = queue.waiting.pop_front() else { break };
            let remote = self.state.net.socket(socket).destination.clone();
            if let Err(error) = self.establish(socket, listener, remote) {
                let entry = self.state.net.socket_mut(socket);
                entry.state = State::Idle;
                entry.error = Some(error);
            }
            self.socket_changed(socket);
        }
        // Unix sockets wait by trying again.
        self.socket_has_space(listener);
    }

    /// Connects `socket` to a new socket that waits at `listener` to be accepted.
    fn establish(&mut self, socket: u32, listener: u32, remote: Address) -> Result<(), Errno> {
        let (client, server) = (self.state.net.socket(socket), self.state.net.socket(listener));
        let mut accepted = Socket::new(server.family, server.kind, server.credentials);
        accepted.options = server.options.clone();
        accepted.accepted = true;
        let in_family = |address: &Address| match address.ip() {
            Some((ip, port)) => Address::of_ip(server.family, ip, port),
            None => address.clone(),
        };
        let local = if server.is_unix() { server.local.clone() } else { in_family(&remote) };
        accepted.state = State::Connected(Connection {
            peer: Some(socket),
            address: in_family(&client.local),
            credentials: client.credentials,
            reported: true,
            broken: false,
        });
        let credentials = server.credentials;
        let unix = server.is_unix();
        let accepted = self.insert_socket(accepted).map_err(|_| Errno::CONNREFUSED)?;
        let net = &mut self.state.net;
        if unix {
            // It has the listener's address, but the name leads to the listener alone.
            net.socket_mut(accepted).local = local;
        } else {
            net.bind_port(accepted, local);
        }
        let client = net.socket_mut(socket);
        client.error = None;
        client.state = State::Connected(Connection {
            peer: Some(accepted),
            address: remote,
            credentials,
            reported: false,
            broken: false,
        });
        if let Some(queue) = net.socket_mut(listener).listener_mut() {
            queue.pending.push_back(accepted);
        }
        self.socket_changed(listener);
        Ok(())
    }

    /// Sets the other side of a datagram socket.
    fn associate(&mut self, pid: Pid, socket: u32, address: Address) -> Result<(), Errno> {
        let entry = self.state.net.socket(socket);
        let (family, unix) = (entry.family, entry.is_unix());
        if address == Address::Unspecified {
            self.state.net.socket_mut(socket).state = State::Idle;
            return Ok(());
        }
        let association = if unix {
            let target = self.find_unix(pid, address.unix_name()?)?;
            let entry = self.state.net.socket(target);
            if !entry.is_datagram() {
                return Err(Errno::PROTOTYPE);
            }
            Association { address: entry.local.clone(), target: Some((target, entry.serial)) }
        } else {
            let (ip, port) = address.ip_of(family, entry.options.ipv6_only)?;
            let ip = self.route(pid, "connect", ip, &address)?;
            let bound = self.state.net.socket(socket).local.ip();
            match bound {
                None => self.bind_ephemeral(socket, Some(source_for(ip)))?,
                Some((bound, port)) if bound.is_unspecified() => {
                    let local = Address::of_ip(family, source_for(ip), port);
                    self.state.net.bind_port(socket, local);
                }
                Some(_) => {}
            }
            Association { address: Address::of_ip(family, ip, port), target: None }
        };
        let entry = self.state.net.socket_mut(socket);
        entry.state = State::Associated(association);
        entry.error = None;
        self.socket_changed(socket);
        Ok(())
    }
}
