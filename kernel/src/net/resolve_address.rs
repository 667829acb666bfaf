//! From addresses to host names (POSIX getnameinfo()).

use super::Address;
use super::hosts::parse_hosts;
use super::route::is_local;
use crate::{Errno, Kernel, Result, Tid};

impl Kernel {
    /// The official name of an address by /etc/hosts, or `localhost`; `NOENT` where it has none.
    pub fn resolve_address(&mut self, tid: Tid, address: &Address) -> Result<String> {
        let pid = self.enter(tid)?;
        let (ip, _) = address.ip().ok_or(Errno::AFNOSUPPORT)?;
        let text = self.hosts_file(pid);
        let named = parse_hosts(&text).find(|entry| entry.ip.to_canonical() == ip);
        match named.and_then(|entry| entry.names.first().map(|name| (*name).to_owned())) {
            Some(name) => Ok(name),
            None if is_local(ip) => Ok("localhost".to_owned()),
            None => Err(Errno::NOENT.into()),
        }
    }
}
