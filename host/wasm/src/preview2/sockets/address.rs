//! Addresses.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use vivarium_runner::{Errno, net};

use super::super::bindings::wasi::sockets::network::{
    ErrorCode, IpAddress, IpAddressFamily, IpSocketAddress, Ipv4SocketAddress, Ipv6SocketAddress,
};

type Ipv6Groups = (u16, u16, u16, u16, u16, u16, u16, u16);

fn groups(address: Ipv6Addr) -> Ipv6Groups {
    address.segments().into()
}

fn ipv6(groups: Ipv6Groups) -> Ipv6Addr {
    Ipv6Addr::from(<[u16; 8]>::from(groups))
}

fn ip(address: &IpSocketAddress) -> IpAddr {
    match address {
        IpSocketAddress::Ipv4(address) => IpAddr::V4(<[u8; 4]>::from(address.address).into()),
        IpSocketAddress::Ipv6(address) => IpAddr::V6(ipv6(address.address)),
    }
}

fn port(address: &IpSocketAddress) -> u16 {
    match address {
        IpSocketAddress::Ipv4(address) => address.port,
        IpSocketAddress::Ipv6(address) => address.port,
    }
}

/// The kernel's form of an address.
pub(super) fn to_kernel(address: &IpSocketAddress) -> net::Address {
    match (ip(address), address) {
        (IpAddr::V4(ip), address) => net::Address::Ipv4((ip.to_bits(), port(address))),
        (IpAddr::V6(ip), IpSocketAddress::Ipv6(address)) => {
            net::Address::Ipv6((ip.octets().to_vec(), address.port, address.scope_id))
        }
        (IpAddr::V6(ip), IpSocketAddress::Ipv4(address)) => net::Address::Ipv6((ip.octets().to_vec(), address.port, 0)),
    }
}

fn kernel_ipv6(bytes: &[u8]) -> Result<Ipv6Addr, Errno> {
    <[u8; 16]>::try_from(bytes).map(Ipv6Addr::from).map_err(|_| Errno::Io)
}

/// The interface's form of an address of the kernel's.
pub(super) fn from_kernel(address: &net::Address) -> Result<IpSocketAddress, Errno> {
    match address {
        net::Address::Ipv4((ip, port)) => Ok(IpSocketAddress::Ipv4(Ipv4SocketAddress {
            port: *port,
            address: Ipv4Addr::from_bits(*ip).octets().into(),
        })),
        net::Address::Ipv6((bytes, port, scope)) => Ok(IpSocketAddress::Ipv6(Ipv6SocketAddress {
            port: *port,
            flow_info: 0,
            address: groups(kernel_ipv6(bytes)?),
            scope_id: *scope,
        })),
        net::Address::Unspecified | net::Address::Unix(_) => Err(Errno::Notconn),
    }
}

/// As [`from_kernel`], without the port.
pub(super) fn ip_from_kernel(address: &net::Address) -> Result<IpAddress, Errno> {
    match from_kernel(address)? {
        IpSocketAddress::Ipv4(address) => Ok(IpAddress::Ipv4(address.address)),
        IpSocketAddress::Ipv6(address) => Ok(IpAddress::Ipv6(address.address)),
    }
}

pub(super) fn family(family: IpAddressFamily) -> net::Family {
    match family {
        IpAddressFamily::Ipv4 => net::Family::Ipv4,
        IpAddressFamily::Ipv6 => net::Family::Ipv6,
    }
}

/// Checks that a socket of this family may be bound to an address. Sockets are of one family only, so an IPv4 address in
/// IPv6's clothes is refused.
pub(super) fn check_local(of: IpAddressFamily, address: &IpSocketAddress) -> Result<(), ErrorCode> {
    let fits = match (of, ip(address)) {
        (IpAddressFamily::Ipv4, IpAddr::V4(_)) => true,
        (IpAddressFamily::Ipv6, IpAddr::V6(ip)) => ip.to_ipv4_mapped().is_none(),
        _ => false,
    };
    if fits { Ok(()) } else { Err(ErrorCode::InvalidArgument) }
}

/// Checks that a socket of this family may be connected to an address.
pub(super) fn check_remote(of: IpAddressFamily, address: &IpSocketAddress) -> Result<(), ErrorCode> {
    check_local(of, address)?;
    if ip(address).is_unspecified() || port(address) == 0 { Err(ErrorCode::InvalidArgument) } else { Ok(()) }
}

/// Checks that a TCP socket may have an address, as [`check_local`]: one machine's, not a group's.
pub(super) fn check_unicast(address: &IpSocketAddress) -> Result<(), ErrorCode> {
    let ip = ip(address);
    let unicast = !ip.is_multicast() && ip != IpAddr::V4(Ipv4Addr::BROADCAST);
    if unicast { Ok(()) } else { Err(ErrorCode::InvalidArgument) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v6(address: Ipv6Addr, port: u16) -> IpSocketAddress {
        IpSocketAddress::Ipv6(Ipv6SocketAddress { port, flow_info: 0, address: groups(address), scope_id: 3 })
    }

    #[test]
    fn addresses_survive_the_way_to_the_kernel_and_back() {
        let four = IpSocketAddress::Ipv4(Ipv4SocketAddress { port: 80, address: (127, 0, 0, 1) });
        assert!(matches!(to_kernel(&four), net::Address::Ipv4((0x7f00_0001, 80))));
        for address in [four, v6(Ipv6Addr::LOCALHOST, 443)] {
            let back = from_kernel(&to_kernel(&address)).unwrap();
            assert_eq!((ip(&back), port(&back)), (ip(&address), port(&address)));
        }
    }

    #[test]
    fn sockets_are_of_one_family() {
        let mapped = v6(Ipv4Addr::LOCALHOST.to_ipv6_mapped(), 1);
        assert!(check_local(IpAddressFamily::Ipv6, &mapped).is_err());
        assert!(check_local(IpAddressFamily::Ipv4, &v6(Ipv6Addr::LOCALHOST, 1)).is_err());
        assert!(check_remote(IpAddressFamily::Ipv6, &v6(Ipv6Addr::UNSPECIFIED, 1)).is_err());
        assert!(check_remote(IpAddressFamily::Ipv6, &v6(Ipv6Addr::LOCALHOST, 0)).is_err());
        assert!(check_remote(IpAddressFamily::Ipv6, &v6(Ipv6Addr::LOCALHOST, 1)).is_ok());
    }
}
