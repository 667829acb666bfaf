//! Who a process is (POSIX getpid(), getuid(), setpgid(), setsid() …).

use crate::{Errno, Result, raw};

pub use raw::Ids;

/// Ids of the calling process.
#[must_use]
pub fn ids() -> Ids {
    // The caller always exists.
    ids_of(0).unwrap_or_default()
}

/// Ids of the process `pid`. `SRCH`: there is none.
pub fn ids_of(pid: u32) -> Result<Ids> {
    let mut ids = Ids::default();
    // SAFETY: `ids` is valid for writing.
    Errno::check(unsafe { raw::proc_ids(pid, &mut ids) })?;
    Ok(ids)
}

/// getpid().
#[must_use]
pub fn getpid() -> u32 {
    ids().pid
}

/// setpgid(): 0 stands for the caller and for a group of its own.
pub fn setpgid(pid: u32, group: u32) -> Result<()> {
    // SAFETY: no pointers.
    Errno::check(unsafe { raw::proc_set_group(pid, group) })
}

/// setsid(). Gives the session.
pub fn setsid() -> Result<u32> {
    let mut session = 0;
    // SAFETY: `session` is valid for writing.
    Errno::check(unsafe { raw::proc_set_session(&mut session) })?;
    Ok(session)
}

/// setreuid(); `None` leaves one as it is.
pub fn setreuid(real: Option<u32>, effective: Option<u32>) -> Result<()> {
    // SAFETY: no pointers.
    Errno::check(unsafe { raw::proc_set_uid(real.unwrap_or(raw::NONE), effective.unwrap_or(raw::NONE)) })
}

/// setregid(); `None` leaves one as it is.
pub fn setregid(real: Option<u32>, effective: Option<u32>) -> Result<()> {
    // SAFETY: no pointers.
    Errno::check(unsafe { raw::proc_set_gid(real.unwrap_or(raw::NONE), effective.unwrap_or(raw::NONE)) })
}
