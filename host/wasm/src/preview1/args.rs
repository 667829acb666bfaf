//! `args_*` and `environ_*`.

use vivarium_runner::{Errno, Fault};
use wasmtime::{AsContextMut, Caller, Linker};

use super::MODULE;
use crate::guest::{Guest, Strings};
use crate::memory::GuestMemory;

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    linker.func_wrap(MODULE, "args_sizes_get", |mut caller: Caller<'_, Guest>, count: u32, len: u32| {
        now(&mut caller, |guest, memory| sizes(&guest.arguments, memory, count, len))
    })?;
    linker.func_wrap(MODULE, "args_get", |mut caller: Caller<'_, Guest>, pointers: u32, buffer: u32| {
        now(&mut caller, |guest, memory| copy(&guest.arguments, memory, pointers, buffer))
    })?;
    linker.func_wrap(MODULE, "environ_sizes_get", |mut caller: Caller<'_, Guest>, count: u32, len: u32| {
        now(&mut caller, |guest, memory| sizes(&guest.environment, memory, count, len))
    })?;
    linker.func_wrap(MODULE, "environ_get", |mut caller: Caller<'_, Guest>, pointers: u32, buffer: u32| {
        now(&mut caller, |guest, memory| copy(&guest.environment, memory, pointers, buffer))
    })?;
    Ok(())
}

/// Answers a call that asks nothing of the kernel.
pub(super) fn now(
    caller: &mut Caller<'_, Guest>,
    call: impl FnOnce(&mut Guest, &mut GuestMemory<'_>) -> Result<(), Fault>,
) -> wasmtime::Result<i32> {
    let memory = caller.data().memory.ok_or_else(|| wasmtime::Error::msg("the guest has no memory"))?;
    let (bytes, guest) = memory.data_and_store_mut(caller.as_context_mut());
    Ok(match call(guest, &mut GuestMemory(bytes)) {
        Ok(()) => 0,
        Err(Fault::Errno(errno)) => errno as i32,
        Err(Fault::Blocked | Fault::Gone) => Errno::Again as i32,
    })
}

fn sizes(strings: &Strings, memory: &mut GuestMemory<'_>, count: u32, len: u32) -> Result<(), Fault> {
    memory.store(count, strings.count)?;
    memory.store(len, strings.bytes.len() as u32)
}

fn copy(strings: &Strings, memory: &mut GuestMemory<'_>, pointers: u32, buffer: u32) -> Result<(), Fault> {
    memory.bytes_mut(buffer, strings.bytes.len() as u32)?.copy_from_slice(&strings.bytes);
    let mut start = buffer;
    let lengths = strings.bytes.split_inclusive(|&byte| byte == 0).map(|string| string.len() as u32);
    for (index, len) in lengths.enumerate() {
        memory.store(pointers.wrapping_add(index as u32 * 4), start)?;
        start += len;
    }
    Ok(())
}
