//! `net_*`.

use vivarium_runner::{Errno, Fault, fs, net};
use wasmtime::Linker;

use super::MODULE;
use super::abi::{self, Address, Received, invalid};
use crate::guest::Guest;
use crate::memory::GuestMemory;
use crate::syscall::syscalls;

/// SCM_MAX_FD: the most descriptors that go with a message.
const MAX_DESCRIPTORS: u32 = 253;

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    syscalls! { linker, MODULE,
        fn net_socket(family: u32, kind: u32, flags: u32, fd: u32);
        fn net_socketpair(kind: u32, flags: u32, fds: u32);
        fn net_bind(fd: u32, address: u32);
        fn net_listen(fd: u32, backlog: u32);
        fn net_accept(fd: u32, flags: u32, new: u32, peer: u32);
        fn net_connect(fd: u32, address: u32);
        fn net_send(
            fd: u32, buffer: u32, len: u32, flags: u32, to: u32, descriptors: u32, descriptors_len: u32, count: u32
        );
        fn net_receive(
            fd: u32, buffer: u32, len: u32, flags: u32, descriptors: u32, descriptors_len: u32, received: u32
        );
        fn net_shutdown(fd: u32, how: u32);
        fn net_local_address(fd: u32, address: u32);
        fn net_peer_address(fd: u32, address: u32);
        fn net_option_get(fd: u32, option: u32, value: u32);
        fn net_option_set(fd: u32, option: u32, value: u64);
        fn net_resolve(name: u32, len: u32, family: u32, addresses: u32, capacity: u32, count: u32);
        fn net_resolve_address(address: u32, buffer: u32, len: u32, count: u32);
    }
    Ok(())
}

type Memory<'a> = GuestMemory<'a>;
type Result = std::result::Result<(), Fault>;

fn family(number: u32) -> std::result::Result<net::Family, Fault> {
    match number {
        1 => Ok(net::Family::Ipv4),
        2 => Ok(net::Family::Ipv6),
        3 => Ok(net::Family::Unix),
        _ => Err(Errno::Afnosupport.into()),
    }
}

fn kind(number: u32) -> std::result::Result<net::SocketKind, Fault> {
    match number {
        0 => Ok(net::SocketKind::Stream),
        1 => Ok(net::SocketKind::Datagram),
        2 => Ok(net::SocketKind::Seqpacket),
        _ => Err(Errno::Protonosupport.into()),
    }
}

/// Non-blocking, close-on-exec.
fn socket_flags(bits: u32) -> (bool, bool) {
    let flags = abi::open_flags(bits);
    (flags.contains(fs::OpenFlags::NONBLOCK), flags.contains(fs::OpenFlags::CLOSE_ON_EXEC))
}

fn option(number: u32) -> std::result::Result<net::SocketOption, Fault> {
    use net::SocketOption as Option;
    let options = [
        Option::ReuseAddress,
        Option::ReusePort,
        Option::KeepAlive,
        Option::NoDelay,
        Option::Broadcast,
        Option::SendBuffer,
        Option::ReceiveBuffer,
        Option::Linger,
        Option::Ipv6Only,
        Option::Error,
        Option::Kind,
        Option::Family,
        Option::Accepting,
        Option::MulticastTtl,
        Option::MulticastLoop,
        Option::Ttl,
        Option::KeepIdle,
        Option::KeepInterval,
        Option::KeepCount,
        Option::ReceiveTimeout,
        Option::SendTimeout,
    ];
    options.get(number as usize).copied().ok_or_else(|| Errno::Noprotoopt.into())
}

fn address(memory: &Memory<'_>, at: u32) -> std::result::Result<net::Address, Fault> {
    memory.load::<Address>(at)?.try_into()
}

fn net_socket(guest: &mut Guest, memory: &mut Memory<'_>, of: u32, is: u32, flags: u32, fd: u32) -> Result {
    memory.bytes(fd, 4)?;
    let (nonblock, close_on_exec) = socket_flags(flags);
    let made = guest.task.socket(family(of)?, kind(is)?, nonblock, close_on_exec)?;
    memory.store(fd, made)
}

fn net_socketpair(guest: &mut Guest, memory: &mut Memory<'_>, is: u32, flags: u32, fds: u32) -> Result {
    memory.bytes(fds, 8)?;
    let (nonblock, close_on_exec) = socket_flags(flags);
    let (one, other) = guest.task.socketpair(kind(is)?, nonblock, close_on_exec)?;
    memory.store(fds, [one, other])
}

fn net_bind(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, to: u32) -> Result {
    guest.task.bind(fd, &address(memory, to)?)
}

fn net_listen(guest: &mut Guest, _: &mut Memory<'_>, fd: u32, backlog: u32) -> Result {
    guest.task.listen(fd, backlog)
}

fn net_accept(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, flags: u32, new: u32, peer: u32) -> Result {
    memory.bytes(new, 4)?;
    memory.bytes(peer, size_of::<Address>() as u32)?;
    let (nonblock, close_on_exec) = socket_flags(flags);
    let (accepted, from) = guest.task.accept(fd, nonblock, close_on_exec)?;
    memory.store(new, accepted)?;
    memory.store(peer, Address::from(from))
}

fn net_connect(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, to: u32) -> Result {
    guest.task.connect(fd, &address(memory, to)?)
}

fn net_send(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    fd: u32,
    buffer: u32,
    len: u32,
    flags: u32,
    to: u32,
    descriptors: u32,
    descriptors_len: u32,
    count: u32,
) -> Result {
    if descriptors_len > MAX_DESCRIPTORS {
        return Err(invalid());
    }
    memory.bytes(count, 4)?;
    let to = if to == 0 { None } else { Some(address(memory, to)?) };
    let descriptors: Vec<u32> = memory.load_all(descriptors, descriptors_len)?;
    let data = memory.bytes(buffer, len)?;
    let sent = guest.task.send(fd, data, to.as_ref(), abi::message_flags(flags), &descriptors)?;
    memory.store(count, sent)
}

fn net_receive(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    fd: u32,
    buffer: u32,
    len: u32,
    flags: u32,
    descriptors: u32,
    descriptors_len: u32,
    received: u32,
) -> Result {
    memory.bytes(received, size_of::<Received>() as u32)?;
    memory.bytes(descriptors, descriptors_len.min(MAX_DESCRIPTORS) * 4)?;
    let mut to = memory.bytes_mut(buffer, len)?;
    let (count, message) = guest.task.receive(fd, &mut to, abi::message_flags(flags))?;
    let mut out_flags = abi::message_bits(message.flags);
    let room = descriptors_len.min(MAX_DESCRIPTORS) as usize;
    for (index, &passed) in message.descriptors.iter().enumerate() {
        if index < room {
            memory.store(descriptors + index as u32 * 4, passed)?;
        } else {
            // As Linux does where the caller has no room for them.
            guest.task.close(passed)?;
            out_flags |= abi::message_bits(net::MessageFlags::TRUNCATED);
        }
    }
    let (pid, uid, gid) = message.credentials.unwrap_or_default();
    let given = message.descriptors.len().min(room) as u32;
    let from = Address::from(message.from);
    memory.store(received, Received { count: count as u32, flags: out_flags, descriptors: given, pid, uid, gid, from })
}

fn net_shutdown(guest: &mut Guest, _: &mut Memory<'_>, fd: u32, how: u32) -> Result {
    let how = match how {
        0 => net::ShutdownHow::Read,
        1 => net::ShutdownHow::Write,
        2 => net::ShutdownHow::Both,
        _ => return Err(invalid()),
    };
    guest.task.shutdown(fd, how)
}

fn net_local_address(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, out: u32) -> Result {
    let found = guest.task.local_address(fd)?;
    memory.store(out, Address::from(found))
}

fn net_peer_address(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, out: u32) -> Result {
    let found = guest.task.peer_address(fd)?;
    memory.store(out, Address::from(found))
}

fn net_option_get(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, number: u32, value: u32) -> Result {
    memory.bytes(value, 8)?;
    let found = guest.task.socket_get_option(fd, option(number)?)?;
    memory.store(value, found)
}

fn net_option_set(guest: &mut Guest, _: &mut Memory<'_>, fd: u32, number: u32, value: u64) -> Result {
    guest.task.socket_set_option(fd, option(number)?, value)
}

fn net_resolve(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    name: u32,
    len: u32,
    of: u32,
    addresses: u32,
    capacity: u32,
    count: u32,
) -> Result {
    let name = std::str::from_utf8(memory.bytes(name, len)?).map_err(|_| invalid())?;
    let of = if of == 0 { None } else { Some(family(of)?) };
    let found = guest.task.resolve(name, of)?;
    memory.store(count, found.len() as u32)?;
    for (index, address) in found.into_iter().take(capacity as usize).enumerate() {
        let at = addresses.checked_add((index * size_of::<Address>()) as u32).ok_or(Errno::Fault)?;
        memory.store(at, Address::from(address))?;
    }
    Ok(())
}

fn net_resolve_address(
    guest: &mut Guest,
    memory: &mut Memory<'_>,
    of: u32,
    buffer: u32,
    len: u32,
    count: u32,
) -> Result {
    let name = guest.task.resolve_address(&address(memory, of)?)?;
    memory.store_string(name.as_bytes(), buffer, len, count)
}
