//! POSIX bind().

use std::net::IpAddr;

use super::{Address, Family, UnixName};
use crate::net::route::is_local;
use crate::{Errno, Fd, Kernel, Pid, Result, Tid};

impl Kernel {
    /// POSIX bind(). Port 0 takes a free port; an empty Unix name takes a free abstract one. `ADDRINUSE` where another socket
    /// (or a file) has the address, `ADDRNOTAVAIL` where it is not one of this machine's.
    pub fn bind(&mut self, tid: Tid, fd: Fd, address: Address) -> Result<()> {
        let pid = self.enter(tid)?;
        let (socket, _) = self.socket_of(pid, fd)?;
        if self.state.net.socket(socket).local != Address::Unspecified {
            return Err(Errno::INVAL.into());
        }
        match self.state.net.socket(socket).family {
            Family::Unix => self.bind_unix(pid, socket, &address)?,
            Family::Ipv4 | Family::Ipv6 => self.bind_ip(socket, &address)?,
        }
        Ok(())
    }

    fn bind_ip(&mut self, socket: u32, address: &Address) -> Result<(), Errno> {
        let entry = self.state.net.socket(socket);
        let (family, kind) = (entry.family, entry.kind);
        let (ip, port) = match address.ip_of(family, entry.options.ipv6_only) {
            Err(Errno::NETUNREACH) => return Err(Errno::INVAL),
            other => other?,
        };
        if !ip.is_unspecified() && !is_local(ip) {
            return Err(Errno::ADDRNOTAVAIL);
        }
        let port = match port {
            0 => self.state.net.ephemeral_port(kind)?,
            port => port,
        };
        self.state.net.check_bind(socket, ip, port)?;
        self.state.net.bind_port(socket, local_address(family, address, ip, port));
        Ok(())
    }

    /// Gives an unbound IP socket a free port, on the wildcard address or `ip`.
    pub(super) fn bind_ephemeral(&mut self, socket: u32, ip: Option<IpAddr>) -> Result<(), Errno> {
        let entry = self.state.net.socket(socket);
        let (family, kind) = (entry.family, entry.kind);
        let port = self.state.net.ephemeral_port(kind)?;
        let local = match (ip, family) {
            (Some(ip), _) => Address::of_ip(family, ip, port),
            (None, Family::Ipv6) => Address::Ipv6([0; 16], port, 0),
            (None, _) => Address::Ipv4(0, port),
        };
        self.state.net.bind_port(socket, local);
        Ok(())
    }

    fn bind_unix(&mut self, pid: Pid, socket: u32, address: &Address) -> Result<(), Errno> {
        let name = address.unix_name()?;
        let (key, local) = match name {
            [] => {
                let name = self.free_abstract_name()?;
                (UnixName::Abstract(name.clone()), name)
            }
            [0, ..] => (UnixName::Abstract(name.to_vec()), name.to_vec()),
            path => (UnixName::File(self.socket_node_create(pid, path)?), path.to_vec()),
        };
        let net = &mut self.state.net;
        if net.names.contains_key(&key) {
            return Err(Errno::ADDRINUSE);
        }
        let entry = net.socket_mut(socket);
        entry.local = Address::Unix(local);
        if let UnixName::File(node) = key {
            entry.node = Some(node);
        }
        net.names.insert(key, socket);
        Ok(())
    }

    /// A name for autobind: a zero byte and five hexadecimal digits, as on Linux.
    fn free_abstract_name(&mut self) -> Result<Vec<u8>, Errno> {
        let net = &self.state.net;
        let names = (0..0x10_0000u64).map(|i| format!("\0{:05x}", (net.next_serial + i) & 0xf_ffff).into_bytes());
        names
            .into_iter()
            .find(|name| !net.names.contains_key(&UnixName::Abstract(name.clone())))
            .ok_or(Errno::ADDRINUSE)
    }

    /// The socket bound to the name of a Unix socket; `CONNREFUSED` where none is.
    pub(super) fn find_unix(&mut self, pid: Pid, name: &[u8]) -> Result<u32, Errno> {
        let key = match name {
            [] => return Err(Errno::INVAL),
            [0, ..] => UnixName::Abstract(name.to_vec()),
            path => UnixName::File(self.socket_node_find(pid, path)?),
        };
        self.state.net.names.get(&key).copied().ok_or(Errno::CONNREFUSED)
    }
}

/// The address as `bind` was given it, with the port it got.
fn local_address(family: Family, given: &Address, ip: IpAddr, port: u16) -> Address {
    match given {
        Address::Ipv6(octets, _, scope) => Address::Ipv6(*octets, port, *scope),
        _ => Address::of_ip(family, ip, port),
    }
}
