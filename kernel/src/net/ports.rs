//! Which sockets hold which ports.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use super::state::Socket;
use super::{Address, Net, SocketKind};
use crate::Errno;

/// Ports given to sockets that name none.
const EPHEMERAL: std::ops::RangeInclusive<u16> = 32_768..=60_999;

/// Sockets by transport and port.
#[derive(Debug, Default)]
pub(super) struct Ports {
    /// Every socket with the port as its own: bound, connected or accepted.
    bound: BTreeMap<(SocketKind, u16), BTreeSet<u32>>,
    /// Those among them that listen.
    listening: BTreeMap<u16, BTreeSet<u32>>,
}

fn insert<K: Ord>(map: &mut BTreeMap<K, BTreeSet<u32>>, key: K, socket: u32) {
    map.entry(key).or_default().insert(socket);
}

fn remove<K: Ord>(map: &mut BTreeMap<K, BTreeSet<u32>>, key: K, socket: u32) {
    if let Some(sockets) = map.get_mut(&key) {
        sockets.remove(&socket);
        if sockets.is_empty() {
            map.remove(&key);
        }
    }
}

/// How well an address that a socket is bound to covers `ip`: `Some(true)` names it, `Some(false)` is a wildcard for it.
fn covers(socket: &Socket, ip: IpAddr) -> Option<bool> {
    let (bound, _) = socket.local.ip()?;
    if bound == ip {
        return Some(true);
    }
    let wildcard = match (bound, ip) {
        (IpAddr::V4(bound), IpAddr::V4(_)) => bound.is_unspecified(),
        (IpAddr::V6(bound), IpAddr::V6(_)) => bound.is_unspecified(),
        (IpAddr::V6(bound), IpAddr::V4(_)) => bound.is_unspecified() && !socket.options.ipv6_only,
        (IpAddr::V4(_), IpAddr::V6(_)) => false,
    };
    wildcard.then_some(false)
}

impl Net {
    /// Gives a socket its address and notes the port.
    pub(super) fn bind_port(&mut self, socket: u32, local: Address) {
        self.unbind_port(socket);
        let entry = self.socket_mut(socket);
        let kind = entry.kind;
        let port = local.ip().map(|(_, port)| port);
        entry.local = local;
        if let Some(port) = port {
            insert(&mut self.ports.bound, (kind, port), socket);
        }
    }

    /// Takes a socket's IP address from it.
    pub(super) fn unbind_port(&mut self, socket: u32) {
        self.unlisten_port(socket);
        let entry = self.socket_mut(socket);
        if let Some((_, port)) = entry.local.ip() {
            entry.local = Address::Unspecified;
            let kind = entry.kind;
            remove(&mut self.ports.bound, (kind, port), socket);
        }
    }

    /// Notes that a bound socket listens.
    pub(super) fn listen_port(&mut self, socket: u32) {
        if let Some((_, port)) = self.socket(socket).local.ip() {
            insert(&mut self.ports.listening, port, socket);
        }
    }

    /// Notes that a socket listens no more.
    pub(super) fn unlisten_port(&mut self, socket: u32) {
        if let Some((_, port)) = self.socket(socket).local.ip() {
            remove(&mut self.ports.listening, port, socket);
        }
    }

    /// Notes what sockets out of a snapshot are bound to.
    pub(super) fn rebuild_ports(&mut self) {
        self.ports = Ports::default();
        for (number, socket) in self.sockets.iter() {
            if let Some((_, port)) = socket.local.ip() {
                insert(&mut self.ports.bound, (socket.kind, port), number);
                if socket.listener().is_some() {
                    insert(&mut self.ports.listening, port, number);
                }
            }
        }
    }

    /// The listener for a connection to an address. Of several with SO_REUSEPORT the one with the fewest connections waiting.
    pub(super) fn find_listener(&self, ip: IpAddr, port: u16) -> Option<u32> {
        let candidates = self.ports.listening.get(&port)?.iter().filter_map(|&number| {
            let socket = self.socket(number);
            let exact = covers(socket, ip)?;
            Some((!exact, socket.listener()?.pending.len(), number))
        });
        candidates.min().map(|(_, _, number)| number)
    }

    /// The UDP socket for a datagram from `from`: one that is connected to it, or else the one bound most narrowly.
    pub(super) fn find_receiver(&self, ip: IpAddr, port: u16, from: (IpAddr, u16)) -> Option<u32> {
        let candidates = self.ports.bound.get(&(SocketKind::Datagram, port))?.iter().filter_map(|&number| {
            let socket = self.socket(number);
            let exact = covers(socket, ip)?;
            let associated = match &socket.state {
                super::state::State::Associated(association) => {
                    if association.address.ip() != Some(from) {
                        return None;
                    }
                    true
                }
                _ => false,
            };
            Some((associated, exact, number))
        });
        candidates.max().map(|(_, _, number)| number)
    }

    /// Whether `socket` may have the address, beside those that have the port already (SO_REUSEADDR, SO_REUSEPORT).
    pub(super) fn check_bind(&self, socket: u32, ip: IpAddr, port: u16) -> Result<(), Errno> {
        let new = self.socket(socket);
        let Some(holders) = self.ports.bound.get(&(new.kind, port)) else { return Ok(()) };
        let free = holders.iter().filter(|&&number| number != socket).all(|&number| {
            let old = self.socket(number);
            let overlap = match old.local.ip() {
                Some((bound, _)) => covers(old, ip).is_some() || wildcard_covers(new, ip, bound),
                None => false,
            };
            let shared_port =
                new.options.reuse_port && old.options.reuse_port && new.credentials.uid == old.credentials.uid;
            let shared_address = new.options.reuse_address
                && old.options.reuse_address
                && (new.is_datagram() || old.listener().is_none());
            !overlap || shared_port || shared_address
        });
        if free { Ok(()) } else { Err(Errno::ADDRINUSE) }
    }

    /// Whether a bound socket may begin to listen: no other may listen there but with SO_REUSEPORT.
    pub(super) fn check_listen(&self, socket: u32) -> Result<(), Errno> {
        let new = self.socket(socket);
        let Some((ip, port)) = new.local.ip() else { return Ok(()) };
        let Some(listeners) = self.ports.listening.get(&port) else { return Ok(()) };
        let free = listeners.iter().filter(|&&number| number != socket).all(|&number| {
            let old = self.socket(number);
            let overlap =
                old.local.ip().is_some_and(|(bound, _)| covers(old, ip).is_some() || wildcard_covers(new, ip, bound));
            !overlap || (new.options.reuse_port && old.options.reuse_port)
        });
        if free { Ok(()) } else { Err(Errno::ADDRINUSE) }
    }

    /// Whether a connection between these two addresses exists already.
    pub(super) fn is_connected(&self, port: u16, local: &Address, remote: &Address) -> bool {
        let Some(holders) = self.ports.bound.get(&(SocketKind::Stream, port)) else { return false };
        holders.iter().any(|&number| {
            let socket = self.socket(number);
            socket.local.ip() == local.ip() && socket.connection().is_some_and(|c| c.address.ip() == remote.ip())
        })
    }

    /// A port that nobody holds.
    pub(super) fn ephemeral_port(&mut self, kind: SocketKind) -> Result<u16, Errno> {
        let (first, last) = (*EPHEMERAL.start(), *EPHEMERAL.end());
        let start = if EPHEMERAL.contains(&self.next_port) { self.next_port } else { first };
        let port = (start..=last)
            .chain(first..start)
            .find(|&port| !self.ports.bound.contains_key(&(kind, port)))
            .ok_or(Errno::ADDRINUSE)?;
        self.next_port = if port == last { first } else { port + 1 };
        Ok(port)
    }
}

/// Whether `ip`, as an address of `new`, is a wildcard that covers `bound`.
fn wildcard_covers(new: &Socket, ip: IpAddr, bound: IpAddr) -> bool {
    ip.is_unspecified()
        && match (ip, bound) {
            (IpAddr::V4(_), IpAddr::V4(_)) | (IpAddr::V6(_), IpAddr::V6(_)) => true,
            (IpAddr::V6(_), IpAddr::V4(_)) => !new.options.ipv6_only,
            (IpAddr::V4(_), IpAddr::V6(_)) => false,
        }
}
