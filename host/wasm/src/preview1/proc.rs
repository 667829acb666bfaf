//! `proc_*` and `sched_yield`.

use vivarium_runner::{Fault, proc};
use wasmtime::{Caller, Linker};

use super::MODULE;
use crate::guest::Guest;
use crate::memory::GuestMemory;
use crate::syscall::{Unwind, syscalls};

pub(super) fn add_to_linker(linker: &mut Linker<Guest>) -> wasmtime::Result<()> {
    linker.func_wrap(MODULE, "proc_exit", |status: u32| -> wasmtime::Result<()> {
        Err(Unwind::Exit(status as u8).into())
    })?;
    linker.func_wrap_async(MODULE, "sched_yield", |_: Caller<'_, Guest>, ()| {
        Box::new(async {
            tokio::task::yield_now().await;
            0i32
        })
    })?;
    syscalls! { linker, MODULE,
        fn proc_raise(signal: u32);
    }
    Ok(())
}

fn proc_raise(guest: &mut Guest, _: &mut GuestMemory<'_>, signal: u32) -> Result<(), Fault> {
    if guest.call.begun {
        return Ok(());
    }
    let ids = guest.task.get_ids()?;
    guest.task.kill(proc::KillTarget::Process(ids.pid), signal as u8)?;
    guest.task.check(0)
}
