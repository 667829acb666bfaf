//! `clock_*` and `random_get`.

use vivarium_runner::{Errno, Fault, monotonic};
use wasmtime::{Caller, Linker};

use super::MODULE;
use super::args::now;
use crate::clock::{fill_random, realtime};
use crate::guest::Guest;

const REALTIME: u32 = 0;
const MONOTONIC: u32 = 1;
const PROCESS_CPU: u32 = 2;
const THREAD_CPU: u32 = 3;

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    linker.func_wrap(MODULE, "clock_res_get", |mut caller: Caller<'_, Guest>, clock: u32, resolution: u32| {
        now(&mut caller, |_, memory| match clock {
            REALTIME..=THREAD_CPU => memory.store(resolution, 1u64),
            _ => Err(Errno::Inval.into()),
        })
    })?;
    linker.func_wrap(MODULE, "clock_time_get", |mut caller: Caller<'_, Guest>, clock: u32, _: u64, time: u32| {
        now(&mut caller, |guest, memory| {
            let now = clock_now(guest, clock)?;
            memory.store(time, now)
        })
    })?;
    linker.func_wrap(MODULE, "random_get", |mut caller: Caller<'_, Guest>, buffer: u32, len: u32| {
        now(&mut caller, |_, memory| {
            fill_random(memory.bytes_mut(buffer, len)?)?;
            Ok(())
        })
    })?;
    Ok(())
}

/// Nanoseconds on one of preview 1's clocks.
pub(super) fn clock_now(guest: &Guest, clock: u32) -> Result<u64, Fault> {
    match clock {
        REALTIME => Ok(realtime().as_nanos() as u64),
        MONOTONIC => Ok(monotonic()),
        PROCESS_CPU | THREAD_CPU => Ok(guest.meter.used()),
        _ => Err(Errno::Inval.into()),
    }
}

/// The monotonic instant at which a clock will show `time`, or at which that much will have passed `since` an instant.
pub(super) fn deadline(guest: &Guest, clock: u32, time: u64, since: Option<u64>) -> Result<u64, Fault> {
    let now = clock_now(guest, clock)?;
    match since {
        Some(since) => Ok(since.saturating_add(time)),
        None => Ok(monotonic().saturating_add(time.saturating_sub(now))),
    }
}
