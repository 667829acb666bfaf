//! Sockets (POSIX socket(), bind(), connect() …). The standard library's network types take their descriptors.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV6};
use std::os::fd::{AsRawFd, OwnedFd};

use crate::fs::OpenFlags;
use crate::{Errno, Path, Result, grown, number, owned, raw};

pub use raw::message_flags;

/// Family of a socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Family {
    /// AF_INET.
    Ipv4 = 1,
    /// AF_INET6.
    Ipv6 = 2,
    /// AF_UNIX.
    Unix = 3,
}

/// Type of a socket.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(u32)]
pub enum Kind {
    /// SOCK_STREAM.
    Stream = 0,
    /// SOCK_DGRAM.
    Datagram = 1,
    /// SOCK_SEQPACKET.
    SequencedPacket = 2,
}

/// An address.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Address {
    /// None: of an unbound or unnamed socket.
    None,
    /// Of the Internet.
    Ip(SocketAddr),
    /// A path.
    Unix(Vec<u8>),
}

impl Address {
    fn to_raw(&self) -> Result<raw::Address> {
        let mut address = raw::Address { family: 0, port: 0, scope: 0, len: 0, bytes: [0; 108] };
        let bytes: &[u8] = match self {
            Address::None => &[],
            Address::Ip(SocketAddr::V4(ip)) => {
                (address.family, address.port) = (Family::Ipv4 as u32, u32::from(ip.port()));
                &ip.ip().octets()
            }
            Address::Ip(SocketAddr::V6(ip)) => {
                (address.family, address.port, address.scope) =
                    (Family::Ipv6 as u32, u32::from(ip.port()), ip.scope_id());
                &ip.ip().octets()
            }
            Address::Unix(path) => {
                address.family = Family::Unix as u32;
                path
            }
        };
        address.bytes.get_mut(..bytes.len()).ok_or(Errno::NAMETOOLONG)?.copy_from_slice(bytes);
        address.len = bytes.len() as u32;
        Ok(address)
    }

    fn from_raw(address: &raw::Address) -> Address {
        let bytes = &address.bytes[..(address.len as usize).min(address.bytes.len())];
        match address.family {
            1 => {
                let octets: [u8; 4] = bytes.try_into().unwrap_or_default();
                Address::Ip((Ipv4Addr::from(octets), address.port as u16).into())
            }
            2 => {
                let octets: [u8; 16] = bytes.try_into().unwrap_or_default();
                Address::Ip(SocketAddrV6::new(Ipv6Addr::from(octets), address.port as u16, 0, address.scope).into())
            }
            3 => Address::Unix(bytes.to_vec()),
            _ => Address::None,
        }
    }
}

const EMPTY: raw::Address = raw::Address { family: 0, port: 0, scope: 0, len: 0, bytes: [0; 108] };

/// socket().
pub fn socket(family: Family, kind: Kind, flags: OpenFlags) -> Result<OwnedFd> {
    let mut fd = 0;
    // SAFETY: `fd` is valid for writing.
    Errno::check(unsafe { raw::net_socket(family as u32, kind as u32, flags.bits(), &mut fd) })?;
    Ok(owned(fd))
}

/// socketpair() of Unix sockets.
pub fn socketpair(kind: Kind, flags: OpenFlags) -> Result<(OwnedFd, OwnedFd)> {
    let mut fds = [0; 2];
    // SAFETY: `fds` is valid for writing.
    Errno::check(unsafe { raw::net_socketpair(kind as u32, flags.bits(), &mut fds) })?;
    Ok((owned(fds[0]), owned(fds[1])))
}

/// bind().
pub fn bind(fd: impl AsRawFd, address: &Address) -> Result<()> {
    let address = address.to_raw()?;
    // SAFETY: `address` is valid for reading.
    Errno::check(unsafe { raw::net_bind(number(fd), &address) })
}

/// listen().
pub fn listen(fd: impl AsRawFd, backlog: u32) -> Result<()> {
    // SAFETY: no pointers.
    Errno::check(unsafe { raw::net_listen(number(fd), backlog) })
}

/// accept4(): the connection and its peer.
pub fn accept(fd: impl AsRawFd, flags: OpenFlags) -> Result<(OwnedFd, Address)> {
    let (mut new, mut peer) = (0, EMPTY);
    // SAFETY: both are valid for writing.
    Errno::check(unsafe { raw::net_accept(number(fd), flags.bits(), &mut new, &mut peer) })?;
    Ok((owned(new), Address::from_raw(&peer)))
}

/// connect().
pub fn connect(fd: impl AsRawFd, address: &Address) -> Result<()> {
    let address = address.to_raw()?;
    // SAFETY: `address` is valid for reading.
    Errno::check(unsafe { raw::net_connect(number(fd), &address) })
}

/// sendto(), or send() where `to` is not given. `flags` are of [`message_flags`].
pub fn send(fd: impl AsRawFd, bytes: &[u8], flags: u32, to: Option<&Address>) -> Result<usize> {
    let to = to.map(Address::to_raw).transpose()?;
    let to = to.as_ref().map_or(std::ptr::null(), std::ptr::from_ref);
    let mut count = 0;
    let (fd, len) = (number(fd), bytes.len() as u32);
    // SAFETY: pointers and lengths are those of slices; the address is null or valid.
    Errno::check(unsafe { raw::net_send(fd, bytes.as_ptr(), len, flags, to, std::ptr::null(), 0, &mut count) })?;
    Ok(count as usize)
}

/// recvfrom(). `flags` are of [`message_flags`].
pub fn receive(fd: impl AsRawFd, buffer: &mut [u8], flags: u32) -> Result<(usize, Address)> {
    let mut received = raw::Received { count: 0, flags: 0, descriptors: 0, pid: 0, uid: 0, gid: 0, from: EMPTY };
    let (fd, len) = (number(fd), buffer.len() as u32);
    // SAFETY: pointers and lengths are those of slices; no descriptors are asked for.
    Errno::check(unsafe {
        raw::net_receive(fd, buffer.as_mut_ptr(), len, flags, std::ptr::null_mut(), 0, &mut received)
    })?;
    Ok((received.count as usize, Address::from_raw(&received.from)))
}

/// shutdown(). `how`: 0 read, 1 write, 2 both.
pub fn shutdown(fd: impl AsRawFd, how: u32) -> Result<()> {
    // SAFETY: no pointers.
    Errno::check(unsafe { raw::net_shutdown(number(fd), how) })
}

/// getsockname().
pub fn local_address(fd: impl AsRawFd) -> Result<Address> {
    let mut address = EMPTY;
    // SAFETY: `address` is valid for writing.
    Errno::check(unsafe { raw::net_local_address(number(fd), &mut address) })?;
    Ok(Address::from_raw(&address))
}

/// getpeername().
pub fn peer_address(fd: impl AsRawFd) -> Result<Address> {
    let mut address = EMPTY;
    // SAFETY: `address` is valid for writing.
    Errno::check(unsafe { raw::net_peer_address(number(fd), &mut address) })?;
    Ok(Address::from_raw(&address))
}

/// getsockopt(); options in the order of the contract's `socket-option`.
pub fn option(fd: impl AsRawFd, option: u32) -> Result<u64> {
    let mut value = 0;
    // SAFETY: `value` is valid for writing.
    Errno::check(unsafe { raw::net_option_get(number(fd), option, &mut value) })?;
    Ok(value)
}

/// setsockopt(); options in the order of the contract's `socket-option`.
pub fn set_option(fd: impl AsRawFd, option: u32, value: u64) -> Result<()> {
    // SAFETY: no pointers.
    Errno::check(unsafe { raw::net_option_set(number(fd), option, value) })
}

/// getaddrinfo(), without ports: the addresses of a name.
pub fn resolve(name: impl Path, family: Option<Family>) -> Result<Vec<IpAddr>> {
    let name = name.bytes();
    let mut addresses = [EMPTY; 16];
    let mut count = 0;
    let (family, capacity) = (family.map_or(0, |f| f as u32), addresses.len() as u32);
    // SAFETY: pointers and lengths are those of slices; `count` is valid for writing.
    Errno::check(unsafe {
        raw::net_resolve(name.as_ptr(), name.len() as u32, family, addresses.as_mut_ptr(), capacity, &mut count)
    })?;
    let found = addresses.iter().take(count as usize).map(Address::from_raw);
    Ok(found.filter_map(|a| if let Address::Ip(ip) = a { Some(ip.ip()) } else { None }).collect())
}

/// getnameinfo(): the name of an address.
pub fn resolve_address(address: IpAddr) -> Result<Vec<u8>> {
    let address = Address::Ip((address, 0).into()).to_raw()?;
    // SAFETY: `address` is valid for reading; `grown` gives a buffer of the length it says.
    grown(|buffer, len, count| unsafe { raw::net_resolve_address(&address, buffer, len, count) })
}
