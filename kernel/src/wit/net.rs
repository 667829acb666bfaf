//! `vivarium:kernel/net`.

use super::bindings::exports::vivarium::kernel::net as wit;
use super::bindings::vivarium::kernel::types::{Fault, Fd, Tid};
use super::convert::cases;
use super::{Component, with};
use crate::Errno;
use crate::net as core;

type Result<T> = std::result::Result<T, Fault>;

cases! { core::Family, wit::Family: Ipv4 Ipv4, Ipv6 Ipv6, Unix Unix }
cases! { core::SocketKind, wit::SocketKind: Stream Stream, Datagram Datagram, Seqpacket Seqpacket }
cases! { core::ShutdownHow, wit::ShutdownHow: Read Read, Write Write, Both Both }
cases! { core::SocketOption, wit::SocketOption:
    ReuseAddress ReuseAddress, ReusePort ReusePort, KeepAlive KeepAlive, NoDelay NoDelay, Broadcast Broadcast,
    SendBuffer SendBuffer, ReceiveBuffer ReceiveBuffer, Linger Linger, Ipv6Only Ipv6Only, Error Error, Kind Kind,
    Family Family, Accepting Accepting, MulticastTtl MulticastTtl, MulticastLoop MulticastLoop, Ttl Ttl,
    KeepIdle KeepIdle, KeepInterval KeepInterval, KeepCount KeepCount, ReceiveTimeout ReceiveTimeout,
    SendTimeout SendTimeout,
}

fn errno(errno: Errno) -> Fault {
    crate::Fault::Errno(errno).into()
}

fn address(address: wit::Address) -> Result<core::Address> {
    Ok(match address {
        wit::Address::Unspecified => core::Address::Unspecified,
        wit::Address::Ipv4((address, port)) => core::Address::Ipv4(address, port),
        wit::Address::Ipv6((address, port, scope)) => {
            core::Address::Ipv6(address.try_into().map_err(|_| errno(Errno::INVAL))?, port, scope)
        }
        wit::Address::Unix(path) => core::Address::Unix(path),
    })
}

impl From<core::Address> for wit::Address {
    fn from(address: core::Address) -> Self {
        match address {
            core::Address::Unspecified => Self::Unspecified,
            core::Address::Ipv4(address, port) => Self::Ipv4((address, port)),
            core::Address::Ipv6(address, port, scope) => Self::Ipv6((address.to_vec(), port, scope)),
            core::Address::Unix(path) => Self::Unix(path),
        }
    }
}

impl wit::Guest for Component {
    fn socket(tid: Tid, family: wit::Family, kind: wit::SocketKind, nonblock: bool, close_on_exec: bool) -> Result<Fd> {
        Ok(with(|kernel| kernel.socket(tid, family.into(), kind.into(), nonblock, close_on_exec))?)
    }

    fn socketpair(tid: Tid, kind: wit::SocketKind, nonblock: bool, close_on_exec: bool) -> Result<(Fd, Fd)> {
        Ok(with(|kernel| kernel.socketpair(tid, kind.into(), nonblock, close_on_exec))?)
    }

    fn bind(tid: Tid, fd: Fd, to: wit::Address) -> Result<()> {
        let to = address(to)?;
        Ok(with(|kernel| kernel.bind(tid, fd, to))?)
    }

    fn listen(tid: Tid, fd: Fd, backlog: u32) -> Result<()> {
        Ok(with(|kernel| kernel.listen(tid, fd, backlog))?)
    }

    fn accept(tid: Tid, fd: Fd, nonblock: bool, close_on_exec: bool) -> Result<(Fd, wit::Address)> {
        let (fd, peer) = with(|kernel| kernel.accept(tid, fd, nonblock, close_on_exec))?;
        Ok((fd, peer.into()))
    }

    fn connect(tid: Tid, fd: Fd, to: wit::Address) -> Result<()> {
        let to = address(to)?;
        Ok(with(|kernel| kernel.connect(tid, fd, to))?)
    }

    fn send(
        tid: Tid,
        fd: Fd,
        data: Vec<u8>,
        to: Option<wit::Address>,
        flags: wit::MessageFlags,
        descriptors: Vec<Fd>,
    ) -> Result<u32> {
        let to = to.map(address).transpose()?;
        let flags = core::MessageFlags::from_bits_truncate(flags.bits());
        Ok(with(|kernel| kernel.send(tid, fd, data, to, flags, &descriptors))?)
    }

    fn receive(tid: Tid, fd: Fd, length: u32, flags: wit::MessageFlags) -> Result<wit::Message> {
        let flags = core::MessageFlags::from_bits_truncate(flags.bits());
        let message = with(|kernel| kernel.receive(tid, fd, length, flags))?;
        Ok(wit::Message {
            data: message.data,
            from: message.from.into(),
            flags: wit::MessageFlags::from_bits_truncate(message.flags.bits()),
            descriptors: message.descriptors,
            credentials: message.credentials.map(|sender| (sender.pid, sender.uid, sender.gid)),
        })
    }

    fn shutdown(tid: Tid, fd: Fd, how: wit::ShutdownHow) -> Result<()> {
        Ok(with(|kernel| kernel.shutdown(tid, fd, how.into()))?)
    }

    fn local_address(tid: Tid, fd: Fd) -> Result<wit::Address> {
        Ok(with(|kernel| kernel.local_address(tid, fd))?.into())
    }

    fn peer_address(tid: Tid, fd: Fd) -> Result<wit::Address> {
        Ok(with(|kernel| kernel.peer_address(tid, fd))?.into())
    }

    fn get_option(tid: Tid, fd: Fd, name: wit::SocketOption) -> Result<u64> {
        Ok(with(|kernel| kernel.get_option(tid, fd, name.into()))?)
    }

    fn set_option(tid: Tid, fd: Fd, name: wit::SocketOption, value: u64) -> Result<()> {
        Ok(with(|kernel| kernel.set_option(tid, fd, name.into(), value))?)
    }

    fn resolve(tid: Tid, name: String, family: Option<wit::Family>) -> Result<Vec<wit::Address>> {
        let addresses = with(|kernel| kernel.resolve_name(tid, &name, family.map(Into::into)))?;
        Ok(addresses.into_iter().map(Into::into).collect())
    }

    fn resolve_address(tid: Tid, of: wit::Address) -> Result<String> {
        let of = address(of)?;
        Ok(with(|kernel| kernel.resolve_address(tid, &of))?)
    }
}
