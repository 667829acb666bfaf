//! Sending a message on a datagram or seqpacket socket.

use super::message_queue::Datagram;
use super::route::source_for;
use super::send::SendCall;
use super::state::{Queue, State};
use super::{Address, SocketKind};
use crate::open_file::OpenFileId;
use crate::{Errno, Kernel, Result};

/// Longest UDP datagram in bytes.
const UDP_MAX: usize = 65_507;

impl Kernel {
    /// Puts a message whole into the queue of the socket it is for. UDP drops it silently where that queue is full, or nobody
    /// is there; a Unix socket waits for room.
    pub(super) fn send_message(
        &mut self,
        call: &SendCall,
        data: Vec<u8>,
        to: Option<Address>,
        files: Vec<OpenFileId>,
    ) -> Result<u32> {
        let entry = self.state.net.socket(call.socket);
        if !entry.is_unix() {
            return Ok(self.send_udp(call, data, to)?);
        }
        let from = entry.local.clone();
        let target = if entry.kind == SocketKind::Seqpacket {
            let connection = entry.connection().ok_or(Errno::NOTCONN)?;
            if to.is_some() {
                return Err(Errno::ISCONN.into());
            }
            let peer = connection.peer.filter(|&peer| !self.state.net.socket(peer).read_shut);
            peer.ok_or_else(|| self.broken_pipe(call.pid, call.no_signal))?
        } else {
            self.unix_datagram_target(call, to)?
        };
        let credentials = Some(self.socket_credentials(call.pid));
        let count = data.len() as u32;
        let from = if self.state.net.socket(call.socket).is_datagram() { from } else { Address::Unspecified };
        let datagram = Datagram { data, from, files, credentials };
        let capacity = self.socket_capacity(target);
        let own = self.state.net.socket(call.socket).options.send_buffer;
        if datagram.data.len() as u64 > capacity.min(own) {
            return Err(Errno::MSGSIZE.into());
        }
        if !self.has_room(target, datagram.cost(), capacity) {
            return self.block_for_space(call.tid, call.socket, target, call.nonblock);
        }
        self.charge(datagram.cost()).map_err(|_| Errno::NOBUFS)?;
        self.pass_rights(&datagram.files);
        self.deliver_message(target, datagram);
        self.socket_unblock(call.tid, call.socket, true);
        Ok(count)
    }

    fn unix_datagram_target(&mut self, call: &SendCall, to: Option<Address>) -> Result<u32> {
        let target = match (to, &self.state.net.socket(call.socket).state) {
            (Some(to), _) => self.find_unix(call.pid, to.unix_name()?)?,
            (None, State::Associated(association)) => match association.target {
                Some((target, serial)) if self.state.net.is_alive(target, serial) => target,
                _ => {
                    self.state.net.socket_mut(call.socket).state = State::Idle;
                    return Err(Errno::CONNREFUSED.into());
                }
            },
            (None, _) => return Err(Errno::NOTCONN.into()),
        };
        let entry = self.state.net.socket(target);
        if !entry.is_datagram() {
            return Err(Errno::PROTOTYPE.into());
        }
        if entry.read_shut {
            return Err(self.broken_pipe(call.pid, call.no_signal).into());
        }
        // A socket with a fixed other side takes nothing from others.
        if let State::Associated(association) = &entry.state
            && association.target.is_none_or(|(peer, _)| peer != call.socket)
        {
            return Err(Errno::PERM.into());
        }
        Ok(target)
    }

    fn send_udp(&mut self, call: &SendCall, data: Vec<u8>, to: Option<Address>) -> Result<u32, Errno> {
        let entry = self.state.net.socket(call.socket);
        let (family, v6_only, local) = (entry.family, entry.options.ipv6_only, entry.local.clone());
        let (associated, broadcast) = match &entry.state {
            State::Associated(association) => (Some(association.address.clone()), entry.options.broadcast),
            _ => (None, entry.options.broadcast),
        };
        let fixed = to.is_none();
        let to = to.or(associated).ok_or(Errno::DESTADDRREQ)?;
        let (ip, port) = to.ip_of(family, v6_only)?;
        if port == 0 {
            return Err(Errno::INVAL);
        }
        if data.len() > UDP_MAX {
            return Err(Errno::MSGSIZE);
        }
        if !broadcast && ip == std::net::IpAddr::from([255; 4]) {
            return Err(Errno::ACCES);
        }
        let ip = self.route(call.pid, "send", ip, &to)?;
        let (source, source_port) = match local.ip() {
            Some((bound, port)) if !bound.is_unspecified() => (bound, port),
            Some((_, port)) => (source_for(ip), port),
            None => {
                self.bind_ephemeral(call.socket, None)?;
                let port = self.state.net.socket(call.socket).local.ip().map_or(0, |(_, port)| port);
                (source_for(ip), port)
            }
        };
        let count = data.len() as u32;
        let Some(target) = self.state.net.find_receiver(ip, port, (source, source_port)) else {
            if fixed {
                // What an ICMP message would tell.
                self.state.net.socket_mut(call.socket).error = Some(Errno::CONNREFUSED);
                self.socket_changed(call.socket);
            }
            return Ok(count);
        };
        let from = Address::of_ip(self.state.net.socket(target).family, source, source_port);
        let datagram = Datagram { data, from, files: Vec::new(), credentials: None };
        let capacity = self.socket_capacity(target);
        let deaf = self.state.net.socket(target).read_shut;
        if !deaf && self.has_room(target, datagram.cost(), capacity) && self.charge(datagram.cost()).is_ok() {
            self.deliver_message(target, datagram);
        }
        Ok(count)
    }

    fn has_room(&self, target: u32, cost: u64, capacity: u64) -> bool {
        matches!(&self.state.net.socket(target).queue, Queue::Messages(queue) if queue.fits(cost, capacity))
    }

    fn deliver_message(&mut self, target: u32, datagram: Datagram) {
        if let Queue::Messages(queue) = &mut self.state.net.socket_mut(target).queue {
            queue.push(datagram);
        }
        self.socket_changed(target);
    }
}

impl super::Net {
    /// Whether a socket is still the one it was.
    pub(super) fn is_alive(&self, socket: u32, serial: u64) -> bool {
        self.sockets.get(socket).is_some_and(|entry| entry.serial == serial)
    }
}
