//! `sock_*`.

use vivarium_runner::{Errno, Fault, net};
use wasmtime::Linker;

use super::MODULE;
use super::abi::fdflags;
use crate::guest::Guest;
use crate::memory::{GuestMemory, Into};
use crate::syscall::syscalls;

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    syscalls! { linker, MODULE,
        fn sock_accept(fd: u32, flags: u32, new: u32);
        fn sock_recv(fd: u32, buffers: u32, count: u32, flags: u32, received: u32, out_flags: u32);
        fn sock_send(fd: u32, buffers: u32, count: u32, flags: u32, sent: u32);
        fn sock_shutdown(fd: u32, how: u32);
    }
    Ok(())
}

fn sock_accept(guest: &mut Guest, memory: &mut GuestMemory<'_>, fd: u32, flags: u32, new: u32) -> Result<(), Fault> {
    let (accepted, _) = guest.task.accept(fd, flags & u32::from(fdflags::NONBLOCK) != 0, false)?;
    memory.store(new, accepted)
}

fn sock_recv(
    guest: &mut Guest,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    buffers: u32,
    count: u32,
    flags: u32,
    received: u32,
    out_flags: u32,
) -> Result<(), Fault> {
    let mut wanted = net::MessageFlags::empty();
    if flags & 1 != 0 {
        wanted |= net::MessageFlags::PEEK;
    }
    if flags & 2 != 0 {
        wanted |= net::MessageFlags::WAIT_ALL;
    }
    let buffers = memory.buffers(buffers, count)?;
    let (count, message) = guest.task.receive(fd, &mut Into::new(memory, &buffers), wanted)?;
    memory.store(received, count as u32)?;
    memory.store(out_flags, u16::from(message.flags.contains(net::MessageFlags::TRUNCATED)))
}

fn sock_send(
    guest: &mut Guest,
    memory: &mut GuestMemory<'_>,
    fd: u32,
    buffers: u32,
    count: u32,
    _flags: u32,
    sent: u32,
) -> Result<(), Fault> {
    let buffers = memory.buffers(buffers, count)?;
    let total = super::fd::write(guest, memory, fd, &buffers)?;
    memory.store(sent, total as u32)
}

fn sock_shutdown(guest: &mut Guest, _: &mut GuestMemory<'_>, fd: u32, how: u32) -> Result<(), Fault> {
    let how = match how {
        1 => net::ShutdownHow::Read,
        2 => net::ShutdownHow::Write,
        3 => net::ShutdownHow::Both,
        _ => return Err(Errno::Inval.into()),
    };
    guest.task.shutdown(fd, how)
}
