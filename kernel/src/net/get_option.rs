//! POSIX getsockopt().

use super::SocketOption;
use crate::{Fd, Kernel, Result, Tid};

impl Kernel {
    /// POSIX getsockopt(). Flags are 0 or 1; see [`SocketOption`] for the units of the others.
    pub fn get_option(&mut self, tid: Tid, fd: Fd, option: SocketOption) -> Result<u64> {
        let pid = self.enter(tid)?;
        let (socket, _) = self.socket_of(pid, fd)?;
        let entry = self.state.net.socket_mut(socket);
        let options = &entry.options;
        Ok(match option {
            SocketOption::ReuseAddress => options.reuse_address.into(),
            SocketOption::ReusePort => options.reuse_port.into(),
            SocketOption::KeepAlive => options.keep_alive.into(),
            SocketOption::NoDelay => options.no_delay.into(),
            SocketOption::Broadcast => options.broadcast.into(),
            SocketOption::SendBuffer => options.send_buffer,
            SocketOption::ReceiveBuffer => options.receive_buffer,
            SocketOption::Linger => options.linger,
            SocketOption::Ipv6Only => options.ipv6_only.into(),
            SocketOption::Error => entry.error.take().map_or(0, |error| error as u64),
            SocketOption::Kind => entry.kind as u64,
            SocketOption::Family => entry.family as u64,
            SocketOption::Accepting => entry.listener().is_some().into(),
            SocketOption::MulticastTtl => options.multicast_ttl,
            SocketOption::MulticastLoop => options.multicast_loop.into(),
            SocketOption::Ttl => options.ttl,
            SocketOption::KeepIdle => options.keep_idle,
            SocketOption::KeepInterval => options.keep_interval,
            SocketOption::KeepCount => options.keep_count,
            SocketOption::ReceiveTimeout => options.receive_timeout,
            SocketOption::SendTimeout => options.send_timeout,
        })
    }
}
