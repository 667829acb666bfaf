//! Limits, priorities, usage, umask (POSIX getrlimit(), getpriority(), getrusage(), umask()).

use crate::{Errno, Result, raw};

pub use raw::{Limit, Usage};

/// No limit (`RLIM_INFINITY`).
pub const UNLIMITED: u64 = u64::MAX;

/// What a limit is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Resource {
    /// CPU seconds.
    Cpu = 0,
    /// Bytes of a file written.
    FileSize = 1,
    /// Bytes of the data segment.
    Data = 2,
    /// Bytes of stack.
    Stack = 3,
    /// Bytes of a core file.
    Core = 4,
    /// Bytes resident.
    Resident = 5,
    /// Processes of the user.
    Processes = 6,
    /// Open descriptors.
    OpenFiles = 7,
    /// Bytes locked in memory.
    Locked = 8,
    /// Bytes of address space.
    AddressSpace = 9,
}

/// getrlimit() of process `pid`, 0 for the caller.
pub fn getrlimit(pid: u32, resource: Resource) -> Result<Limit> {
    let mut limit = Limit::default();
    // SAFETY: `limit` is valid for writing.
    Errno::check(unsafe { raw::proc_limit_get(pid, resource as u32, &mut limit) })?;
    Ok(limit)
}

/// setrlimit() of process `pid`, 0 for the caller.
pub fn setrlimit(pid: u32, resource: Resource, limit: Limit) -> Result<()> {
    // SAFETY: `limit` is valid for reading.
    Errno::check(unsafe { raw::proc_limit_set(pid, resource as u32, &limit) })
}

/// Nice value of process `pid`, 0 for the caller.
pub fn getpriority(pid: u32) -> Result<i32> {
    let mut nice = 0;
    // SAFETY: `nice` is valid for writing.
    Errno::check(unsafe { raw::proc_nice_get(pid, &mut nice) })?;
    Ok(nice)
}

/// Sets the nice value of process `pid`, 0 for the caller.
pub fn setpriority(pid: u32, nice: i32) -> Result<()> {
    // SAFETY: no pointers.
    Errno::check(unsafe { raw::proc_nice_set(pid, nice) })
}

/// getrusage(): of the process, of the children it has waited for.
pub fn getrusage() -> Result<(Usage, Usage)> {
    let mut usage = [Usage::default(); 2];
    // SAFETY: `usage` is valid for writing.
    Errno::check(unsafe { raw::proc_usage(&mut usage) })?;
    Ok((usage[0], usage[1]))
}

/// umask(). Gives the mask before.
pub fn umask(mask: u32) -> u32 {
    let mut before = 0;
    // SAFETY: `before` is valid for writing. umask() cannot fail.
    let _ = unsafe { raw::proc_umask(mask, &mut before) };
    before
}
