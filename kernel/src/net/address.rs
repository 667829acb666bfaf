//! Socket addresses.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde::{Deserialize, Serialize};

use super::Family;
use crate::Errno;

/// Longest `sun_path` of a Unix socket address, in bytes.
pub const UNIX_PATH_MAX: usize = 108;

/// The address of a socket (POSIX struct sockaddr).
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Address {
    /// None: an unnamed Unix socket, a datagram without sender, `AF_UNSPEC` to `connect`.
    #[default]
    Unspecified,
    /// Address as a number (127.0.0.1 is 0x7f000001), port.
    Ipv4(u32, u16),
    /// Address in network order, port, scope.
    Ipv6([u8; 16], u16, u32),
    /// A path, or an abstract name when the first byte is 0.
    Unix(#[serde(with = "serde_bytes")] Vec<u8>),
}

impl Address {
    /// The address of an IP socket of `family`, as that family writes it: IPv4 becomes IPv4-mapped on an IPv6 socket.
    pub fn of_ip(family: Family, ip: IpAddr, port: u16) -> Self {
        match (family, ip.to_canonical()) {
            (Family::Ipv6, IpAddr::V4(ip)) => Self::Ipv6(ip.to_ipv6_mapped().octets(), port, 0),
            (_, IpAddr::V4(ip)) => Self::Ipv4(ip.to_bits(), port),
            (_, IpAddr::V6(ip)) => Self::Ipv6(ip.octets(), port, 0),
        }
    }

    /// Address and port with IPv4-mapped addresses turned to IPv4; `None` unless it is an IP address.
    pub fn ip(&self) -> Option<(IpAddr, u16)> {
        match *self {
            Self::Ipv4(ip, port) => Some((Ipv4Addr::from_bits(ip).into(), port)),
            Self::Ipv6(ip, port, _) => Some((IpAddr::V6(Ipv6Addr::from(ip)).to_canonical(), port)),
            Self::Unspecified | Self::Unix(_) => None,
        }
    }

    /// Address and port for a socket of `family`, which must be of that family; `v6_only` bars IPv4-mapped addresses.
    pub(super) fn ip_of(&self, family: Family, v6_only: bool) -> Result<(IpAddr, u16), Errno> {
        match (family, self) {
            (Family::Ipv4, Self::Ipv4(..)) | (Family::Ipv6, Self::Ipv6(..)) => {}
            _ => return Err(Errno::AFNOSUPPORT),
        }
        let (ip, port) = self.ip().ok_or(Errno::AFNOSUPPORT)?;
        if v6_only && ip.is_ipv4() {
            return Err(Errno::NETUNREACH);
        }
        Ok((ip, port))
    }

    /// The name of a Unix socket, which must be one.
    pub(super) fn unix_name(&self) -> Result<&[u8], Errno> {
        match self {
            Self::Unix(name) if name.len() > UNIX_PATH_MAX => Err(Errno::INVAL),
            Self::Unix(name) => Ok(name),
            _ => Err(Errno::AFNOSUPPORT),
        }
    }
}

/// As people write it: `127.0.0.1:80`, `[::1]:80`, `/run/socket`, `@abstract`.
impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unspecified => f.write_str("unspecified"),
            Self::Ipv4(ip, port) => write!(f, "{}:{port}", Ipv4Addr::from_bits(*ip)),
            Self::Ipv6(ip, port, _) => write!(f, "[{}]:{port}", Ipv6Addr::from(*ip)),
            Self::Unix(name) => match name.strip_prefix(&[0]) {
                Some(name) => write!(f, "@{}", name.escape_ascii()),
                None => write!(f, "{}", String::from_utf8_lossy(name)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mapped_addresses_are_ipv4() {
        let address = Address::of_ip(Family::Ipv6, IpAddr::from([127, 0, 0, 1]), 80);
        assert_eq!(address.to_string(), "[::ffff:127.0.0.1]:80");
        assert_eq!(address.ip(), Some((IpAddr::from([127, 0, 0, 1]), 80)));
        assert_eq!(address.ip_of(Family::Ipv6, true), Err(Errno::NETUNREACH));
        assert_eq!(address.ip_of(Family::Ipv4, false), Err(Errno::AFNOSUPPORT));
    }

    #[test]
    fn unix_names_are_bounded() {
        assert_eq!(Address::Unix(vec![b'x'; 108]).unix_name().map(<[u8]>::len), Ok(108));
        assert_eq!(Address::Unix(vec![b'x'; 109]).unix_name(), Err(Errno::INVAL));
        assert_eq!(Address::Unix(b"\0a b\n".to_vec()).to_string(), "@a b\\n");
    }
}
