use std::os::fd::AsRawFd;

use crate::{Errno, Result, number, raw};

pub use raw::Lock;

/// `Lock::kind`.
pub mod lock_kind {
    /// F_RDLCK, LOCK_SH.
    pub const SHARED: u32 = 0;
    /// F_WRLCK, LOCK_EX.
    pub const EXCLUSIVE: u32 = 1;
    /// F_UNLCK, LOCK_UN.
    pub const UNLOCKED: u32 = 2;
}

/// fcntl(F_SETLK), or F_SETLKW where `wait`. `AGAIN`: another holds it.
pub fn setlk(fd: impl AsRawFd, lock: &Lock, wait: bool) -> Result<()> {
    // SAFETY: `lock` is valid for reading.
    Errno::check(unsafe { raw::fs_lock_set(number(fd), lock, u32::from(wait)) })
}

/// fcntl(F_GETLK): the lock in the way of `lock`.
pub fn getlk(fd: impl AsRawFd, mut lock: Lock) -> Result<Option<Lock>> {
    // SAFETY: `lock` is valid.
    Errno::check(unsafe { raw::fs_lock_get(number(fd), &mut lock) })?;
    Ok((lock.kind != lock_kind::UNLOCKED).then_some(lock))
}

/// flock(): of the open file, all of it. `kind` is of [`lock_kind`].
pub fn flock(fd: impl AsRawFd, kind: u32, wait: bool) -> Result<()> {
    setlk(fd, &Lock { kind, open_file: 1, ..Lock::default() }, wait)
}
