use super::*;
use crate::net::SocketOption::{
    self, Accepting, Error, Ipv6Only, KeepAlive, KeepIdle, KeepInterval, Kind, Linger, MulticastTtl, NoDelay,
    ReceiveBuffer, ReceiveTimeout, ReuseAddress, ReusePort, SendBuffer, Ttl,
};
use crate::testing::errno;

#[test]
fn values_are_kept() {
    let mut system = System::new();
    let tid = system.tid;
    let fd = system.socket(Family::Ipv6, SocketKind::Stream);
    let cases: [(SocketOption, u64, u64); 12] = [
        (ReuseAddress, 7, 1),
        (ReusePort, 1, 1),
        (KeepAlive, 1, 1),
        (NoDelay, 1, 1),
        (SendBuffer, 10_000, 20_000),
        (ReceiveBuffer, 1, 4608),
        (Linger, 6, 6),
        (Ipv6Only, 1, 1),
        (KeepIdle, 60, 60),
        (KeepInterval, 5, 5),
        (Ttl, 3, 3),
        (ReceiveTimeout, 123, 123),
    ];
    for (option, value, expected) in cases {
        system.kernel.set_option(tid, fd, option, value).unwrap();
        assert_eq!(system.kernel.get_option(tid, fd, option), Ok(expected), "{option:?}");
    }
    assert_eq!(system.kernel.get_option(tid, fd, SocketOption::Family), Ok(1));
    assert_eq!(system.kernel.get_option(tid, fd, Accepting), Ok(0));
}

#[test]
fn what_cannot_be_set() {
    let mut system = System::new();
    let tid = system.tid;
    let fd = system.socket(Family::Ipv4, SocketKind::Datagram);
    for (option, value, error) in [
        (Error, 1, Errno::NOPROTOOPT),
        (Kind, 1, Errno::NOPROTOOPT),
        (NoDelay, 1, Errno::NOPROTOOPT),
        (Ipv6Only, 1, Errno::NOPROTOOPT),
        (Ttl, 0, Errno::INVAL),
        (MulticastTtl, 256, Errno::INVAL),
    ] {
        assert_eq!(errno(system.kernel.set_option(tid, fd, option, value)), error, "{option:?}");
    }
}

#[test]
fn kinds_that_families_lack() {
    let mut system = System::new();
    let fault = system.kernel.socket(system.tid, Family::Ipv4, SocketKind::Seqpacket, false, false);
    assert_eq!(errno(fault), Errno::PROTONOSUPPORT);
}
