//! Which way an address lies.
//!
//! Addresses of the loopback network are served by the sockets of this kernel. Every other address is outside, where only a
//! grant leads: this is the one place that decides so. A granted outside connection will be a further [`State`] of a socket
//! that holds a host handle: reads and writes then answer host extents, as those of store files do, and the host reports
//! readiness by waking the tasks; nothing of the `net` interface changes.
//!
//! [`State`]: super::state::State

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::Address;
use crate::{Errno, Kernel, Pid, Verdict};

/// Whether an address is one of this machine's own.
pub(super) fn is_local(ip: IpAddr) -> bool {
    ip.to_canonical().is_loopback()
}

impl Kernel {
    /// The local address that a destination means: the unspecified address is this machine. Anything outside is refused
    /// with `ACCES`, and the refusal noted in the audit log.
    pub(super) fn route(&mut self, pid: Pid, operation: &str, ip: IpAddr, to: &Address) -> Result<IpAddr, Errno> {
        match ip {
            IpAddr::V4(ip) if ip.is_unspecified() => Ok(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => Ok(Ipv6Addr::LOCALHOST.into()),
            ip if is_local(ip) => Ok(ip),
            _ => {
                let object = to.to_string().into_bytes();
                self.audit_event(pid, operation, &object, Verdict::Denied, "no grant for this address");
                Err(Errno::ACCES)
            }
        }
    }
}

/// The address that this machine sends from to a local address.
pub(super) fn source_for(destination: IpAddr) -> IpAddr {
    match destination {
        IpAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
    }
}
