//! From host names to addresses (POSIX getaddrinfo()): `net.resolve`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::hosts::parse_hosts;
use super::{Address, Family};
use crate::{Errno, Kernel, Pid, Result, Tid, Verdict};

/// Longest host name in bytes.
const NAME_MAX: usize = 253;
/// How much of /etc/hosts is looked at, in bytes.
const HOSTS_MAX: u32 = 1 << 20;

impl Kernel {
    /// The addresses of a host, with port 0: of a numeric address, itself; else those /etc/hosts names, in its order;
    /// `localhost` (and names below it) and the machine's own name are the loopback addresses in any case. `NOENT` where
    /// there is none; asking outside takes a grant, and the refusal is noted in the audit log.
    pub fn resolve_name(&mut self, tid: Tid, name: &str, family: Option<Family>) -> Result<Vec<Address>> {
        let pid = self.enter(tid)?;
        if family == Some(Family::Unix) {
            return Err(Errno::AFNOSUPPORT.into());
        }
        let wanted = |ip: &IpAddr| match family {
            Some(Family::Ipv4) => ip.is_ipv4(),
            Some(Family::Ipv6) => ip.is_ipv6(),
            _ => true,
        };
        let addresses: Vec<_> = match name.parse() {
            Ok(ip) => vec![ip],
            Err(_) => self.host_addresses(pid, name)?,
        };
        let addresses: Vec<_> = addresses.into_iter().filter(wanted).map(plain_address).collect();
        if addresses.is_empty() { Err(Errno::NOENT.into()) } else { Ok(addresses) }
    }

    fn host_addresses(&mut self, pid: Pid, name: &str) -> Result<Vec<IpAddr>, Errno> {
        let bare = name.strip_suffix('.').unwrap_or(name);
        if bare.is_empty() || bare.len() > NAME_MAX {
            return Err(Errno::NOENT);
        }
        let text = self.hosts_file(pid);
        let mut found = Vec::new();
        for entry in parse_hosts(&text) {
            let named = entry.names.iter().any(|candidate| candidate.eq_ignore_ascii_case(bare));
            if named && !found.contains(&entry.ip) {
                found.push(entry.ip);
            }
        }
        if found.is_empty() && (is_localhost(bare) || bare.as_bytes().eq_ignore_ascii_case(&self.state.hostname)) {
            found = vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
        }
        if found.is_empty() {
            self.audit_event(pid, "resolve", bare.as_bytes(), Verdict::Denied, "no grant for name resolution");
        }
        Ok(found)
    }

    /// What /etc/hosts holds; nothing where it can't be read.
    pub(super) fn hosts_file(&mut self, pid: Pid) -> Vec<u8> {
        self.read_whole(pid, b"/etc/hosts", HOSTS_MAX).unwrap_or_default()
    }
}

/// Whether a name is `localhost` or below it (RFC 6761, 6.3).
fn is_localhost(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    last.eq_ignore_ascii_case("localhost")
}

fn plain_address(ip: IpAddr) -> Address {
    match ip {
        IpAddr::V4(ip) => Address::Ipv4(ip.to_bits(), 0),
        IpAddr::V6(ip) => Address::Ipv6(ip.octets(), 0, 0),
    }
}
