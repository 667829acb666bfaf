//! How an import becomes a system call.
//!
//! Each is a function over the guest and its memory that returns at once. [`complete`] repeats it while it would block, so
//! that whatever can block, can do so everywhere: a stopped process stops in any call.

use vivarium_runner::Fault;
use wasmtime::{AsContextMut, Caller};

use crate::guest::{Guest, Ongoing};
use crate::memory::GuestMemory;

/// The process is over: unwinds the guest. Never seen by anybody but `run`.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unwind {
    /// It ended itself.
    #[error("exit status {0}")]
    Exit(u8),
    /// The kernel has ended it.
    #[error("the task is gone")]
    Gone,
}

/// Makes a call, waiting as long as the kernel says; gives the error number for the guest.
pub(crate) async fn complete(
    caller: &mut Caller<'_, Guest>,
    mut call: impl FnMut(&mut Guest, &mut GuestMemory<'_>) -> Result<(), Fault>,
) -> wasmtime::Result<i32> {
    let memory = caller.data().memory.ok_or_else(|| wasmtime::Error::msg("the guest has no memory"))?;
    caller.data_mut().call = Ongoing::default();
    loop {
        let (bytes, guest) = memory.data_and_store_mut(caller.as_context_mut());
        guest.task.parker().take();
        match call(guest, &mut GuestMemory(bytes)) {
            Ok(()) => return Ok(0),
            Err(Fault::Errno(errno)) => return Ok(errno as i32),
            Err(Fault::Gone) => return Err(Unwind::Gone.into()),
            Err(Fault::Blocked) => {
                guest.call.begun = true;
                guest.task.parker().park_until(guest.call.deadline).await;
            }
        }
    }
}

/// Defines imports that are system calls: functions `(&mut Guest, &mut GuestMemory, arguments…) -> Result<(), Fault>`.
macro_rules! syscalls {
    ($linker:ident, $module:expr, $(fn $name:ident($($arg:ident: $type:ty),*);)*) => { $(
        $linker.func_wrap_async(
            $module,
            stringify!($name),
            |mut caller: wasmtime::Caller<'_, $crate::guest::Guest>, ($($arg,)*): ($($type,)*)| Box::new(async move {
                $crate::syscall::complete(&mut caller, |guest, memory| $name(guest, memory $(, $arg)*)).await
            }),
        )?;
    )* };
}
pub(crate) use syscalls;
