//! `poll`.

use vivarium_runner::{Errno, Fault, poll as kernel};
use wasmtime::Linker;

use super::MODULE;
use super::abi::{self, PollFd};
use crate::guest::Guest;
use crate::memory::GuestMemory;
use crate::syscall::syscalls;

/// More than any program waits for at once.
const MAX: u32 = 1 << 16;

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    syscalls! { linker, MODULE,
        fn poll(fds: u32, len: u32, deadline: u64, ready: u32);
    }
    Ok(())
}

fn poll(
    guest: &mut Guest,
    memory: &mut GuestMemory<'_>,
    fds: u32,
    len: u32,
    deadline: u64,
    ready: u32,
) -> Result<(), Fault> {
    if len > MAX {
        return Err(Errno::Inval.into());
    }
    let mut asked: Vec<PollFd> = memory.load_all(fds, len)?;
    let wanted = asked.iter().map(|poll| kernel::PollFd { fd: poll.fd, events: abi::poll_events(poll.events.into()) });
    let wanted: Vec<_> = wanted.collect();
    guest.call.deadline = (deadline != u64::MAX).then_some(deadline);
    let found = guest.task.poll(&wanted, guest.call.deadline)?;
    // The kernel gives the ready ones in the order asked.
    let mut found = found.into_iter().peekable();
    let mut count = 0u32;
    for poll in &mut asked {
        let given = found.next_if(|given| given.fd == poll.fd);
        poll.revents = given.map_or(0, |given| abi::poll_bits(given.events) as u16);
        count += u32::from(poll.revents != 0);
    }
    let bytes: &[u8] = bytemuck::cast_slice(&asked);
    memory.bytes_mut(fds, bytes.len() as u32)?.copy_from_slice(bytes);
    memory.store(ready, count)
}
