//! POSIX setsockopt().

use super::options::{MAX_BUFFER, MIN_BUFFER};
use super::{Address, Family, SocketOption};
use crate::{Errno, Fd, Kernel, Result, Tid};

impl Kernel {
    /// POSIX setsockopt(). `NOPROTOOPT` for options that are only read or that the family does not have, `INVAL` for values
    /// out of range.
    pub fn set_option(&mut self, tid: Tid, fd: Fd, option: SocketOption, value: u64) -> Result<()> {
        let pid = self.enter(tid)?;
        let (socket, _) = self.socket_of(pid, fd)?;
        let entry = self.state.net.socket_mut(socket);
        let bound = entry.local != Address::Unspecified;
        let (family, stream) = (entry.family, !entry.is_datagram());
        let options = &mut entry.options;
        let flag = value != 0;
        let between = |low: u64, high: u64| if (low..=high).contains(&value) { Ok(value) } else { Err(Errno::INVAL) };
        match option {
            SocketOption::ReuseAddress => options.reuse_address = flag,
            SocketOption::ReusePort => options.reuse_port = flag,
            SocketOption::KeepAlive => options.keep_alive = flag,
            SocketOption::Broadcast => options.broadcast = flag,
            SocketOption::Linger => options.linger = value,
            SocketOption::SendBuffer => options.send_buffer = value.saturating_mul(2).clamp(MIN_BUFFER, MAX_BUFFER),
            SocketOption::ReceiveBuffer => {
                options.receive_buffer = value.saturating_mul(2).clamp(MIN_BUFFER, MAX_BUFFER)
            }
            SocketOption::ReceiveTimeout => options.receive_timeout = value,
            SocketOption::SendTimeout => options.send_timeout = value,
            SocketOption::Error | SocketOption::Kind | SocketOption::Family | SocketOption::Accepting => {
                return Err(Errno::NOPROTOOPT.into());
            }
            _ if family == Family::Unix => return Err(Errno::NOPROTOOPT.into()),
            SocketOption::MulticastTtl => options.multicast_ttl = between(0, 255)?,
            SocketOption::MulticastLoop => options.multicast_loop = flag,
            SocketOption::Ttl => options.ttl = between(1, 255)?,
            SocketOption::Ipv6Only if family != Family::Ipv6 => return Err(Errno::NOPROTOOPT.into()),
            SocketOption::Ipv6Only if bound => return Err(Errno::INVAL.into()),
            SocketOption::Ipv6Only => options.ipv6_only = flag,
            _ if !stream => return Err(Errno::NOPROTOOPT.into()),
            SocketOption::NoDelay => options.no_delay = flag,
            SocketOption::KeepIdle => options.keep_idle = between(1, 32_767)?,
            SocketOption::KeepInterval => options.keep_interval = between(1, 32_767)?,
            SocketOption::KeepCount => options.keep_count = between(1, 127)?,
        }
        // A larger buffer may be what somebody waits for.
        let peer = entry.peer();
        self.socket_drained(socket);
        if let Some(peer) = peer {
            self.socket_drained(peer);
        }
        Ok(())
    }
}
