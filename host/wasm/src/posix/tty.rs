//! `tty_*`.

use vivarium_runner::{Errno, Fault, pty};
use wasmtime::Linker;

use super::MODULE;
use super::abi::{Termios, WindowSize, invalid};
use crate::guest::Guest;
use crate::memory::GuestMemory;
use crate::syscall::syscalls;

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    syscalls! { linker, MODULE,
        fn tty_open(size: u32, fds: u32);
        fn tty_is(fd: u32);
        fn tty_name(fd: u32, buffer: u32, len: u32, count: u32);
        fn tty_attributes_get(fd: u32, attributes: u32);
        fn tty_attributes_set(fd: u32, when: u32, attributes: u32);
        fn tty_size_get(fd: u32, size: u32);
        fn tty_size_set(fd: u32, size: u32);
        fn tty_foreground_get(fd: u32, group: u32);
        fn tty_foreground_set(fd: u32, group: u32);
        fn tty_session_get(fd: u32, session: u32);
        fn tty_controlling_set(fd: u32);
        fn tty_controlling_release();
        fn tty_flush(fd: u32, queue: u32);
        fn tty_drain(fd: u32);
    }
    Ok(())
}

type Memory<'a> = GuestMemory<'a>;
type Result = std::result::Result<(), Fault>;

fn tty_open(guest: &mut Guest, memory: &mut Memory<'_>, size: u32, fds: u32) -> Result {
    let size: WindowSize = memory.load(size)?;
    memory.bytes(fds, 8)?;
    let (master, terminal) = guest.task.pty_open(size.into())?;
    memory.store(fds, [master, terminal])
}

fn tty_is(guest: &mut Guest, _: &mut Memory<'_>, fd: u32) -> Result {
    if guest.task.is_terminal(fd)? { Ok(()) } else { Err(Errno::Notty.into()) }
}

fn tty_name(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, buffer: u32, len: u32, count: u32) -> Result {
    let name = guest.task.pty_name(fd)?;
    memory.store_string(&name, buffer, len, count)
}

fn tty_attributes_get(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, attributes: u32) -> Result {
    let found = guest.task.terminal_get_attributes(fd)?;
    memory.store(attributes, Termios::from(found))
}

fn tty_attributes_set(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, when: u32, attributes: u32) -> Result {
    let when = match when {
        0 => pty::When::Now,
        1 => pty::When::Drain,
        2 => pty::When::Flush,
        _ => return Err(invalid()),
    };
    let attributes: Termios = memory.load(attributes)?;
    guest.task.terminal_set_attributes(fd, when, &attributes.into())
}

fn tty_size_get(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, size: u32) -> Result {
    let found = guest.task.terminal_get_size(fd)?;
    memory.store(size, WindowSize::from(found))
}

fn tty_size_set(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, size: u32) -> Result {
    let size: WindowSize = memory.load(size)?;
    guest.task.terminal_set_size(fd, size.into())
}

fn tty_foreground_get(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, group: u32) -> Result {
    let found = guest.task.terminal_get_foreground(fd)?;
    memory.store(group, found)
}

fn tty_foreground_set(guest: &mut Guest, _: &mut Memory<'_>, fd: u32, group: u32) -> Result {
    guest.task.terminal_set_foreground(fd, group)
}

fn tty_session_get(guest: &mut Guest, memory: &mut Memory<'_>, fd: u32, session: u32) -> Result {
    let found = guest.task.terminal_get_session(fd)?;
    memory.store(session, found)
}

fn tty_controlling_set(guest: &mut Guest, _: &mut Memory<'_>, fd: u32) -> Result {
    guest.task.terminal_set_controlling(fd)
}

fn tty_controlling_release(guest: &mut Guest, _: &mut Memory<'_>) -> Result {
    guest.task.terminal_release_controlling()
}

fn tty_flush(guest: &mut Guest, _: &mut Memory<'_>, fd: u32, queue: u32) -> Result {
    let queue = match queue {
        0 => pty::Queue::Input,
        1 => pty::Queue::Output,
        2 => pty::Queue::Both,
        _ => return Err(invalid()),
    };
    guest.task.pty_flush(fd, queue)
}

fn tty_drain(guest: &mut Guest, _: &mut Memory<'_>, fd: u32) -> Result {
    guest.task.pty_drain(fd)
}
