//! `sig_*`.

use vivarium_runner::{Fault, proc};
use wasmtime::Linker;

use super::MODULE;
use super::abi::{NONE, invalid};
use crate::guest::Guest;
use crate::memory::GuestMemory;
use crate::syscall::syscalls;

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    syscalls! { linker, MODULE,
        fn sig_action(signal: u32, disposition: u32, before: u32);
        fn sig_mask(how: u32, set: u64, before: u32);
        fn sig_pending(set: u32);
        fn sig_take(signal: u32);
        fn sig_suspend(mask: u64);
    }
    Ok(())
}

type Memory<'a> = GuestMemory<'a>;
type Result = std::result::Result<(), Fault>;

fn sig_action(guest: &mut Guest, memory: &mut Memory<'_>, signal: u32, disposition: u32, before: u32) -> Result {
    let wanted = match disposition {
        0 => Some(proc::Disposition::Default),
        1 => Some(proc::Disposition::Ignore),
        2 => Some(proc::Disposition::Catch),
        NONE => None,
        _ => return Err(invalid()),
    };
    memory.bytes(before, 4)?;
    let was = guest.task.signal_action(u8::try_from(signal).map_err(|_| invalid())?, wanted)?;
    let was: u32 = match was {
        proc::Disposition::Default => 0,
        proc::Disposition::Ignore => 1,
        proc::Disposition::Catch => 2,
    };
    memory.store(before, was)
}

fn sig_mask(guest: &mut Guest, memory: &mut Memory<'_>, how: u32, set: u64, before: u32) -> Result {
    let how = match how {
        0 => proc::MaskHow::Block,
        1 => proc::MaskHow::Unblock,
        2 => proc::MaskHow::Set,
        _ => return Err(invalid()),
    };
    memory.bytes(before, 8)?;
    let was = guest.task.signal_mask(how, set)?;
    memory.store(before, was)
}

fn sig_pending(guest: &mut Guest, memory: &mut Memory<'_>, set: u32) -> Result {
    let pending = guest.task.signal_pending()?;
    memory.store(set, pending)
}

fn sig_take(guest: &mut Guest, memory: &mut Memory<'_>, signal: u32) -> Result {
    memory.bytes(signal, 4)?;
    let taken = guest.task.signal_take()?;
    memory.store(signal, u32::from(taken.unwrap_or(0)))
}

fn sig_suspend(guest: &mut Guest, _: &mut Memory<'_>, mask: u64) -> Result {
    guest.task.signal_suspend(mask)
}
